### صفحات الخادم: الدخول والموافقة والأخطاء والواجهة والمنشورات والملفات الشخصية.

## حول كل صفحة

page-skip = انتقل إلى المحتوى
page-nav = الحساب
page-home-link = الصفحة الرئيسية
page-sign-in-link = تسجيل الدخول
page-footer-software = يعمل هذا الخادم بـ Ferrodon، وهو برنامج حر برخصة AGPL.
page-footer-source = الشيفرة المصدرية

## تسجيل الدخول

page-sign-in-title = تسجيل الدخول
page-sign-in-for-site = مرحبًا بعودتك إلى { $site }.
page-sign-in-for-app = سجّل الدخول للمتابعة إلى { $app }.
page-sign-in-email = البريد الإلكتروني أو اسم المستخدم
page-sign-in-password = كلمة المرور
page-sign-in-submit = دخول
page-sign-in-error-wrong = البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقّق منهما ثم أعد المحاولة.
page-sign-in-error-limited = محاولات كثيرة جدًا. أعد المحاولة بعد { $minutes ->
    [zero] لحظات
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}.
page-sign-in-error-expired = بقي هذا النموذج مفتوحًا مدة طويلة. يُرجى إعادة المحاولة.
page-sign-in-error-unconfirmed = أكّد عنوان بريدك الإلكتروني أولًا عبر الرابط الذي أرسلناه إليك.
page-sign-in-error-pending = ما زال حسابك في انتظار الموافقة.
page-sign-in-error-disabled = عُطّل هذا الحساب. تواصل مع القائمين على هذا الخادم.
page-sign-in-error-busy = الخادم مشغول الآن. أعد المحاولة بعد لحظات.

## Registration

page-sign-in-register = إنشاء حساب
page-sign-in-forgot = نسيت كلمة المرور؟
page-sign-in-no-mail = لم تصلك رسالة التأكيد؟
page-sign-up-title = إنشاء حساب
page-sign-up-for-site = انضمّ إلى { $site }.
page-sign-up-username = اسم المستخدم
page-sign-up-username-help = حروف لاتينية وأرقام وشرطات سفلية. سيكون عنوانك @name@{ $domain }.
page-sign-up-email = البريد الإلكتروني
page-sign-up-password = كلمة المرور
page-sign-up-password-help = من 8 إلى 72 حرفًا.
page-sign-up-birth = تاريخ الميلاد
page-sign-up-reason = لماذا ترغب في الانضمام؟
page-sign-up-reason-help = لا يقرأ هذا إلا القائمون على الخادم.
page-sign-up-agreement = قرأت قواعد هذا الخادم وأقبلها.
page-sign-up-agreement-policy = قرأت سياسة الخصوصية لهذا الخادم وأقبلها.
page-sign-up-submit = إنشاء الحساب
page-confirm-sent-title = تفقّد بريدك
page-confirm-sent-text = أرسلنا إليك رسالة فيها رابط. افتحه لتأكيد عنوانك، وسيصبح حسابك جاهزًا.
page-confirm-sent-help = لم يصلك شيء بعد بضع دقائق؟ تفقّد مجلد الرسائل غير المرغوبة.
page-waiting-title = حسابك في انتظار الموافقة
page-waiting-text = يقرأ القائمون على هذا الخادم كل طلب. يمكنك تسجيل الدخول فور موافقتهم.
page-joined-title = أهلًا وسهلًا
page-joined-text = حسابك جاهز. سجّل الدخول لتبدأ.
page-confirmed-title = تم تأكيد عنوانك
page-confirmed-text = شكرًا لك.
page-confirmed-back = العودة إلى { $app }
page-confirmed-continue = متابعة
page-link-old-title = لم يعد هذا الرابط صالحًا
page-confirm-old-text = انتهت مدته أو أُرسل رابط أحدث منه. اطلب رابطًا جديدًا.
page-resend-title = إرسال رسالة التأكيد من جديد
page-resend-help = اكتب العنوان الذي سجّلت به.
page-resend-submit = إرسال
page-resend-done = إذا كان هناك حساب ينتظر تأكيد هذا العنوان فإن رسالة فيها رابط في طريقها إليه.
page-closed-title = التسجيل مغلق
page-closed-text = لا يقبل هذا الخادم أعضاء جددًا في الوقت الحالي.
page-reset-title = نسيت كلمة المرور؟
page-reset-help = اكتب بريدك الإلكتروني. سنرسل إليك رابطًا لاختيار كلمة مرور جديدة.
page-reset-no-mail = لا يستطيع هذا الخادم إرسال البريد. اطلب كلمة مرور جديدة من القائمين عليه.
page-reset-submit = إرسال الرابط
page-reset-sent-title = تفقّد بريدك
page-reset-sent-text = إذا كان لهذا العنوان حساب فإن رسالة فيها رابط في طريقها إليه. يعمل الرابط ست ساعات.
page-reset-old-text = استُعمل الرابط أو انتهت مدته أو أُرسل أحدث منه. اطلب رابطًا جديدًا.
page-password-title = اختر كلمة مرور جديدة
page-password-new = كلمة المرور الجديدة
page-password-submit = حفظ
page-password-done-title = تم تغيير كلمة المرور
page-password-done-text = سُجّل خروجك من كل الأجهزة. سجّل الدخول بكلمة المرور الجديدة.

## Mail

mail-confirm-subject = أكّد عنوانك في { $site }
mail-confirm-lead = أهلًا بك! أُنشئ الحساب { $handle } بهذا العنوان. افتح هذا الرابط لتأكيد أن العنوان لك:
mail-confirm-link = تأكيد عنواني
mail-confirm-life = يعمل الرابط يومين.
mail-confirm-approval = يعمل الرابط يومين. بعد ذلك يقرأ القائمون على الخادم طلبك، وستصلك رسالة حين يوافقون عليه.
mail-not-you = لا تعرف شيئًا عن هذا؟ لا تفعل شيئًا، ولن يحدث شيء.
mail-reset-subject = كلمة مرور جديدة في { $site }
mail-reset-lead = طلب أحدهم كلمة مرور جديدة للحساب { $handle }. افتح هذا الرابط لاختيارها:
mail-reset-link = اختيار كلمة مرور جديدة
mail-reset-life = يعمل الرابط مرة واحدة خلال ست ساعات. تبقى كلمة مرورك القديمة حتى ذلك الحين.
mail-changed-subject = تم تغيير كلمة مرورك في { $site }
mail-changed-lead = تم تغيير كلمة مرور { $handle } وسُجّل خروجك من كل الأجهزة.
mail-changed-link = لم تكن أنت؟ اختر كلمة مرور أخرى
mail-changed-note = إن كنت أنت فليس عليك فعل شيء.
mail-approved-subject = أهلًا بك في { $site }
mail-approved-lead = تمت الموافقة على حسابك { $handle }. يمكنك تسجيل الدخول الآن:
mail-approved-link = تسجيل الدخول
mail-approved-note = يعمل أي تطبيق لماستودون: أعطه العنوان { $domain }.
mail-test-subject = رسالة تجريبية من { $site }
mail-test-lead = تُظهر هذه الرسالة أن { $domain } يستطيع إرسال البريد.

## هل تسمح لهذا التطبيق بالتصرف نيابة عنك؟

page-consent-title = هل تسمح لتطبيق { $app } باستخدام حسابك؟
page-consent-account = حسابك:
page-consent-switch = لست أنت؟ سجّل الدخول بحساب آخر
page-consent-scopes = يطلب هذا التطبيق
page-consent-group-read = الاطلاع
page-consent-group-write = التعديل والنشر
page-consent-group-follow = إدارة من حولك
page-consent-group-push = إرسال الإشعارات إليك
page-consent-group-admin = إدارة هذا الخادم
page-consent-powerful = انتبه
page-consent-trust = لا تسمح إلا للتطبيقات التي تثق بها.
page-consent-returns-to = بعد ذلك ستعود إلى { $place }.
page-consent-returns-code = بعد ذلك ستحصل على رمز تنسخه إلى التطبيق.
page-consent-authorize = السماح
page-consent-deny = الرفض

## الرمز المطلوب نسخه

page-code-title = أوشكنا على الانتهاء
page-code-help = انسخ هذا الرمز ثم عُد إلى التطبيق وألصقه هناك.
page-code-help-app = انسخ هذا الرمز ثم عُد إلى { $app } وألصقه هناك.
page-code-label = رمز التفويض
page-code-note = يصلح الرمز مرة واحدة ولمدة عشر دقائق. لا تعطه لأحد، فبه يستطيع أي تطبيق استخدام حسابك.
page-denied-title = رُفض الوصول
page-denied-text = لقد رفضت وصول { $app } إلى حسابك. لم يُعطَ التطبيق شيئًا، ويمكنك إغلاق هذه الصفحة.
page-denied-note = إذا طلب التطبيق رمزًا فلا يوجد رمز، والسبب هو:

## الأخطاء

page-error-status = خطأ { $status }
page-error-request = إذا أبلغت عن هذا الخطأ فاذكر هذا المعرّف:
page-error-400-title = تعذّر فهم الطلب
page-error-400-message = في العنوان أو النموذج شيء غير صحيح. عُد إلى الصفحة السابقة وأعد المحاولة.
page-error-401-title = يُرجى تسجيل الدخول
page-error-401-message = عليك تسجيل الدخول لعرض هذه الصفحة.
page-error-403-title = غير مسموح
page-error-403-message = لا يُسمح لحسابك بهذا الإجراء.
page-error-404-title = لا شيء هنا
page-error-404-message = هذه الصفحة غير موجودة أو حُذفت أو ليست عامة.
page-error-406-title = صيغة غير متاحة
page-error-406-message = لا تتوفر هذه الصفحة بالصيغة المطلوبة.
page-error-410-title = حُذف نهائيًا
page-error-410-message = ما كان هنا حُذف ولن يعود.
page-error-422-title = لم يُقبل الطلب
page-error-422-message = بقي النموذج مفتوحًا مدة طويلة أو تغيّر أثناء الإرسال. عُد وحدّث الصفحة ثم أعد المحاولة.
page-error-429-title = طلبات كثيرة جدًا
page-error-429-message = يُرجى الانتظار قليلًا قبل إعادة المحاولة.
page-error-500-title = حدث خلل لدينا
page-error-500-message = ليس الخطأ منك. أعد المحاولة لاحقًا.
page-error-503-title = سنعود قريبًا
page-error-503-message = الخادم مشغول أو قيد الصيانة. أعد المحاولة بعد بضع دقائق.
page-error-oauth-app-title = تطبيق غير معروف
page-error-oauth-app-message = لا يعرف هذا الخادم التطبيق الذي أرسلك إلى هنا. احذف الحساب من التطبيق ثم أضفه من جديد.
page-error-oauth-redirect-title = عنوان العودة غير صحيح
page-error-oauth-redirect-message = طلب التطبيق إرسالك إلى عنوان لم يسجّله، فتوقفنا هنا حفاظًا على أمان حسابك.
page-error-oauth-response-type-title = طلب التطبيق نوع رد غير مدعوم
page-error-oauth-response-type-message = لا يرد هذا الخادم إلا برمز تفويض. أبلغ مطوّري التطبيق.
page-error-oauth-scope-title = يطلب التطبيق أكثر مما يحق له
page-error-oauth-scope-message = يطلب التطبيق صلاحيات غير موجودة أو لم يسجّلها. أبلغ مطوّري التطبيق.
page-error-oauth-request-title = طلب ناقص
page-error-oauth-request-message = أغفل التطبيق شيئًا حين أرسلك إلى هنا. عُد إلى التطبيق وأعد المحاولة.

## الصفحة الرئيسية

page-home-signed-in = أنت مسجّل الدخول
page-home-sign-out = تسجيل الخروج
page-home-have-account = هل لديك حساب هنا؟
page-home-new-here = هل أنت جديد هنا؟
page-home-apps = استخدم تطبيقًا
page-home-apps-help = تعمل هنا كل تطبيقات ماستودون. عندما يسألك التطبيق عن خادمك اكتب هذا العنوان.
page-home-address = عنوان الخادم:

## تسجيل الخروج

page-sign-out-title = هل تريد تسجيل الخروج؟
page-sign-out-help = يمكنك تسجيل الدخول مجددًا في أي وقت.
page-sign-out-nobody = أنت غير مسجّل الدخول.

## الشيفرة المصدرية

page-source-title = الشيفرة المصدرية
page-source-help = يعمل هذا الخادم ببرنامج Ferrodon وفق رخصة GNU Affero العمومية. يحق لكل من يستخدمه الحصول على الشيفرة المصدرية للنسخة العاملة هنا.
page-source-version = النسخة
page-source-commit = الإيداع (commit)
page-source-place = الشيفرة المصدرية لهذه النسخة
page-source-nowhere = هذا الخادم غير عام، ولم يذكر القائمون عليه مكان شيفرته المصدرية. اطلبها منهم.

## شخص على خادم آخر

page-interact-follow = متابعة
page-interact-asked = طلبتَ متابعة هذا الحساب ولم يصل ردّ بعد.
page-interact-following = أنت تتابع هذا الحساب.
page-interact-help = للرد أو إعادة النشر أو التفضيل افتح المنشور في تطبيقك: ابحث هناك عن عنوانه.

## منشور

page-status-title = منشور من { $name }
page-status-ancestors = ما سبق في هذه المحادثة
page-status-replies-title = الردود
page-status-boosted-by = أعاد { $name } النشر
page-status-warning = تحذير من المحتوى
page-status-sensitive = وسائط حساسة. اضغط لإظهارها.
page-status-edited = عُدّل في
page-status-replies = { $count ->
    [zero] لا ردود
    [one] رد واحد
    [two] ردّان
    [few] { $count } ردود
    [many] { $count } ردًا
   *[other] { $count } رد
}
page-status-reblogs = { $count ->
    [zero] لم يُعَد نشره
    [one] إعادة نشر واحدة
    [two] إعادتا نشر
    [few] { $count } إعادات نشر
    [many] { $count } إعادة نشر
   *[other] { $count } إعادة نشر
}
page-status-favourites = { $count ->
    [zero] لا إعجابات
    [one] إعجاب واحد
    [two] إعجابان
    [few] { $count } إعجابات
    [many] { $count } إعجابًا
   *[other] { $count } إعجاب
}
page-media-undescribed = صورة بلا وصف
page-media-image = صورة
page-media-video = فيديو
page-media-audio = صوت
page-media-other = ملف

## استطلاع رأي

page-poll-title = استطلاع رأي
page-poll-percent = { $percent }٪
page-poll-votes = { $count ->
    [zero] لا أصوات
    [one] صوت واحد
    [two] صوتان
    [few] { $count } أصوات
    [many] { $count } صوتًا
   *[other] { $count } صوت
}
page-poll-people = { $count ->
    [zero] لم يصوّت أحد
    [one] صوّت شخص واحد
    [two] صوّت شخصان
    [few] صوّت { $count } أشخاص
    [many] صوّت { $count } شخصًا
   *[other] صوّت { $count } شخص
}
page-poll-multiple = يمكن اختيار أكثر من خيار
page-poll-chosen = صوتك
page-poll-closes = ينتهي في
page-poll-closed = انتهى
page-poll-endless = بلا موعد انتهاء
page-poll-hidden = تظهر النتائج عند انتهاء الاستطلاع.

## ملف شخصي

page-profile-avatar = الصورة الشخصية لـ { $name }
page-profile-bot = حساب آلي
page-profile-locked = المتابعة بموافقة
page-profile-verified = رابط موثّق
page-profile-statuses = { $count ->
    [zero] لا منشورات
    [one] منشور واحد
    [two] منشوران
    [few] { $count } منشورات
    [many] { $count } منشورًا
   *[other] { $count } منشور
}
page-profile-following = يتابع { $count }
page-profile-followers = { $count ->
    [zero] لا متابعين
    [one] متابع واحد
    [two] متابعان
    [few] { $count } متابعين
    [many] { $count } متابعًا
   *[other] { $count } متابع
}
page-profile-joined = انضم في
page-profile-posts-title = المنشورات
page-profile-no-posts = لا منشورات عامة.
page-profile-pages = الصفحات
page-profile-newer = منشورات أحدث
page-profile-older = منشورات أقدم

## الوسوم والمتابِعون

page-tag-help = المنشورات العامة بهذا الوسم.
page-tag-none = لا منشورات عامة بهذا الوسم.
page-people-followers-title = متابِعو { $name }
page-people-following-title = الحسابات التي يتابعها { $name }
page-people-hidden = هذه القائمة غير عامة.
page-people-none = لا أحد هنا بعد.
page-people-newest = الأحدث
page-people-older = المزيد

## ما يُسمح للتطبيق به

scope-profile = الاطلاع على اسمك وصورتك ومعرّفك فقط دون غيرها
scope-read = قراءة كل ما في حسابك، ومنه المنشورات والرسائل الخاصة
scope-read-accounts = الاطلاع على الملفات الشخصية للحسابات
scope-read-blocks = معرفة من تحظرهم
scope-read-bookmarks = الاطلاع على إشاراتك المرجعية
scope-read-collections = الاطلاع على مجموعاتك
scope-read-favourites = الاطلاع على مفضلاتك
scope-read-filters = الاطلاع على عوامل التصفية لديك
scope-read-follows = معرفة من تتابعهم ومن يتابعونك
scope-read-lists = الاطلاع على قوائمك
scope-read-mutes = معرفة من تكتمهم
scope-read-notifications = قراءة إشعاراتك
scope-read-search = البحث باسمك
scope-read-statuses = قراءة كل المنشورات التي تراها، ومنها الخاصة
scope-write = تغيير كل ما في حسابك: النشر والتعديل والحذف باسمك
scope-write-accounts = تعديل ملفك الشخصي وإعداداتك
scope-write-blocks = حظر الحسابات والنطاقات وإلغاء حظرها
scope-write-bookmarks = إضافة الإشارات المرجعية وإزالتها
scope-write-collections = إنشاء مجموعاتك وتعديلها
scope-write-conversations = تعليم المحادثات كمقروءة وكتمها وحذفها
scope-write-favourites = الإعجاب بالمنشورات والتراجع عنه
scope-write-filters = إنشاء عوامل التصفية وتعديلها
scope-write-follows = متابعة الأشخاص وإلغاء متابعتهم
scope-write-lists = إنشاء قوائمك وتعديلها
scope-write-media = رفع الصور والفيديو والصوت
scope-write-mutes = كتم الأشخاص والمحادثات وإلغاء كتمهم
scope-write-notifications = مسح إشعاراتك
scope-write-reports = الإبلاغ عن الآخرين لدى المشرفين
scope-write-statuses = نشر المنشورات وتعديلها وحذفها باسمك
scope-follow = الاطلاع على من تتابعهم وتكتمهم وتحظرهم وتغيير ذلك
scope-push = استقبال إشعاراتك الفورية
scope-admin-read = قراءة كل بيانات هذا الخادم
scope-admin-read-accounts = قراءة البيانات الحساسة لكل الحسابات، كعناوين البريد و IP
scope-admin-read-reports = قراءة كل البلاغات والحسابات الواردة فيها
scope-admin-read-domain_allows = الاطلاع على النطاقات المسموح بها
scope-admin-read-domain_blocks = الاطلاع على النطاقات المحظورة
scope-admin-read-ip_blocks = الاطلاع على عناوين IP المحظورة
scope-admin-read-email_domain_blocks = الاطلاع على نطاقات البريد المحظورة
scope-admin-read-canonical_email_blocks = الاطلاع على عناوين البريد المحظورة
scope-admin-write = تغيير كل بيانات هذا الخادم
scope-admin-write-accounts = الإشراف على الحسابات: تقييدها وتعليقها وحذفها
scope-admin-write-reports = معالجة البلاغات
scope-admin-write-domain_allows = السماح بالنطاقات والتراجع عنه
scope-admin-write-domain_blocks = حظر النطاقات وإلغاء حظرها
scope-admin-write-ip_blocks = حظر عناوين IP وإلغاء حظرها
scope-admin-write-email_domain_blocks = حظر نطاقات البريد وإلغاء حظرها
scope-admin-write-canonical_email_blocks = حظر عناوين البريد وإلغاء حظرها

## عن هذا الخادم

page-about-title = عن الخادم
page-about-contact = للتواصل
page-about-rules = القواعد
page-about-members = الأعضاء
page-about-posts = المنشورات
page-privacy-title = سياسة الخصوصية
page-privacy-stand-in = لم يكتب القائمون على { $domain } سياسة خصوصية بعد. ليعمل هذا الخادم فإنه يحتفظ بما تُدخله وتنشره، وبعنوان بريدك الإلكتروني، وبعناوين المتصفحات التي تسجّل الدخول بها وأسمائها. وما تنشره يُعرض لمن تحدده درجة ظهوره.
page-continue-title = العودة إلى التطبيق
page-continue-help = اضغط الزر للمتابعة إلى { $place }.
page-continue-button = متابعة
