# نصوص أخطاء واجهة البرمجة

## من يحق له ماذا

error-not-found = لم يُعثر على السجل
error-unauthorized = رمز الوصول غير صالح
error-revoked = أُلغي رمز الوصول
error-scope = هذا الإجراء خارج النطاقات المصرَّح بها
error-forbidden = هذا الإجراء غير مسموح به
error-user-required = تتطلب هذه الطريقة مستخدمًا مسجَّل الدخول
error-search-pagination = لا يمكن تصفح صفحات نتائج البحث دون تسجيل الدخول
error-search-resolve = لا يمكن البحث في الخوادم الأخرى دون تسجيل الدخول
error-unconfirmed = لم يُؤكَّد عنوان البريد الإلكتروني لحسابك بعد
error-pending = حسابك في انتظار الموافقة حاليًا
error-disabled = حسابك معطَّل حاليًا
error-app-required = تتطلب هذه الطريقة استيثاق التطبيق ببيانات اعتماده

## الطلب والخادم

error-rate-limited = طلبات أكثر من اللازم
error-temporary = حدثت مشكلة مؤقتة أثناء معالجة طلبك، يُرجى إعادة المحاولة
error-internal = نأسف، حدث خطأ ما من جهتنا.
error-malformed = تعذّرت قراءة الطلب: { $detail }
error-param-missing = المُعامل مفقود أو قيمته فارغة أو غير صالحة: { $name }
error-expand-accounts = قيمة غير صالحة لـ 'expand_accounts': '{ $value }'؛ القيم المسموح بها هي 'full' و'partial_avatars'
error-payload-too-large = الطلب كبير جدًا؛ الحد الأقصى { $max }
error-not-acceptable = هذه الصيغة غير متاحة
error-inbox-type = لا يُقبل هذا النوع من المحتوى هنا
error-signature-missing = الطلب غير موقَّع
error-signature = التوقيع لا يُثبت هوية مُرسِل هذا الطلب
error-key-unreachable = الخادم الذي لديه مفتاح هذا التوقيع لا يستجيب
error-method-not-allowed = هذه الطريقة غير مسموح بها هنا
error-not-offered = لا يوفّر هذا الخادم { $name } بعد
error-too-many-ids = المعرّفات أكثر مما يُسمح به
error-no-local-account = لا يوجد حساب محلي باسم { $name }
error-no-account = لا يوجد حساب باسم { $name }
error-no-emoji = لا يوجد رمز تعبيري مخصص باسم { $name }
error-emoji-taken = يوجد بالفعل رمز تعبيري مخصص باسم { $name }
error-emoji-limit = لا يمكن أن يزيد عدد الرموز التعبيرية المخصصة على { $max }
error-no-rule = لا توجد قاعدة رقمها { $name }
error-rule-limit = لا يمكن أن يزيد عدد القواعد على { $max }
error-no-domain-rule = لا توجد قاعدة كهذه للنطاق { $domain }
error-no-setting = لا يوجد إعداد باسم { $name }
error-conflict = حدث تعارض أثناء التحديث، يُرجى إعادة المحاولة
error-duplicate = سجل مكرَّر
error-date-invalid = التاريخ المُدخَل غير صالح
error-record-invalid = السجل غير صالح
error-remote-fetch = تعذّر جلب البيانات البعيدة
error-gone = هذا الخادم في طور الإغلاق
error-setting-pinned = { $name } مثبَّت في ملف الإعدادات ولا يمكن تغييره هنا

## مُدخلات غير صالحة

error-validation = فشل التحقق: { $what }
error-validation-separator = { "، " }

invalid-text-blank = لا يمكن أن يكون النص فارغًا
invalid-text-too-long = تجاوز النص الحد الأقصى وهو { $max } من المحارف
invalid-text-hashtags = يحتوي النص على وسوم غير مسموح بها: { $tags }
invalid-visibility = قيمة مدى الظهور ليست ضمن القائمة
invalid-language = اللغة غير صالحة
invalid-quote-policy = قيمة سياسة الاقتباس ليست ضمن القائمة
invalid-scheduled-at = يجب أن يكون موعد النشر في المستقبل
invalid-scheduled-total = لقد تجاوزت الحد الأقصى البالغ { $max } من المنشورات المجدولة
invalid-scheduled-day = لقد تجاوزت الحد الأقصى البالغ { $max } من المنشورات المجدولة لهذا اليوم
invalid-poll-options-blank = لا يمكن أن تكون الخيارات فارغة
invalid-poll-options-few = يجب أن تحتوي الخيارات على أكثر من عنصر واحد
invalid-poll-options-many = لا يمكن أن تحتوي الخيارات على أكثر من { $max } عناصر
invalid-poll-options-long = لا يمكن أن يتجاوز طول كل خيار { $max } حرفًا
invalid-poll-options-duplicate = تحتوي الخيارات على عناصر مكررة
invalid-poll-deadline-blank = لا يمكن أن يكون الموعد النهائي فارغًا
invalid-poll-deadline-late = الموعد النهائي بعيد جدًا في المستقبل
invalid-poll-deadline-soon = الموعد النهائي قريب جدًا
invalid-vote-ended = لقد انتهى هذا الاستطلاع بالفعل
invalid-vote-choice = خيار التصويت المحدد غير موجود
invalid-vote-own = لا يمكنك التصويت في استطلاعاتك
invalid-vote-twice = لقد صوّتَّ بالفعل في هذا الاستطلاع
invalid-username-blank = لا يمكن أن يكون اسم المستخدم فارغًا
invalid-username-taken = اسم المستخدم مستعمَل بالفعل
invalid-username-format = يجب ألا يحتوي اسم المستخدم إلا على حروف لاتينية وأرقام وشرطات سفلية
invalid-username-reserved = اسم المستخدم محجوز
invalid-username-too-long = اسم المستخدم طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-email-blank = لا يمكن أن يكون عنوان البريد الإلكتروني فارغًا
invalid-email-format = عنوان البريد الإلكتروني غير صالح
invalid-email-taken = عنوان البريد الإلكتروني مستعمَل بالفعل
invalid-password-blank = لا يمكن أن تكون كلمة السر فارغة
invalid-password-too-short = كلمة السر قصيرة جدًا (الحد الأدنى لعدد المحارف { $min })
invalid-password-too-long = كلمة السر طويلة جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-display-name-too-long = الاسم المعروض طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-note-too-long = النبذة طويلة جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-description-too-long = الوصف طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-focus = نقطة التركيز غير صالحة
invalid-file-blank = يجب اختيار ملف
invalid-file-size = يجب أن يكون حجم الملف أقل من { $max }
invalid-file-type = نوع محتوى الملف غير صالح
invalid-thumbnail-type = نوع محتوى الصورة المصغّرة غير صالح
invalid-thumbnail-size = يجب أن يكون حجم الصورة المصغّرة أقل من { $max }
invalid-shortcode = يجب أن يتكوّن الرمز المختصر من 2 إلى 128 حرفًا لاتينيًا أو رقمًا أو شرطة سفلية
invalid-emoji-category = اسم الفئة طويل جدًا (الحد الأقصى { $max } حرفًا)
invalid-pin-ownership = لا يمكن تثبيت منشور شخص آخر
invalid-pin-reblog = لا يمكن تثبيت إعادة نشر
invalid-pin-direct = لا يمكن تثبيت المنشورات التي لا يراها إلا المذكورون فيها
invalid-pin-limit = لقد ثبّتَّ الحد الأقصى من المنشورات
invalid-title-blank = العنوان لا يمكن أن يكون فارغًا
invalid-title-too-long = العنوان طويل جدًا (الحد الأقصى { $max } حرفًا)
invalid-replies-policy = سياسة الردود غير مدرجة في القائمة
invalid-list-limit = لقد بلغت الحد الأقصى لعدد القوائم
invalid-list-account-taken = الحساب موجود بالفعل في القائمة
invalid-list-account-not-followed = الحساب ليس من الحسابات التي تتابعها
invalid-endpoint-blank = لا يمكن ترك عنوان الإرسال فارغًا
invalid-endpoint = عنوان الإرسال ليس رابطًا صالحًا
invalid-push-key = ليس مفتاح Ed25519 أو Curve25519 صالحًا
invalid-app-name-blank = لا يمكن أن يكون اسم التطبيق فارغًا
invalid-app-name-too-long = اسم التطبيق طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-app-website = يجب أن يكون الموقع رابطًا صالحًا
invalid-app-website-too-long = رابط الموقع طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-redirect-uri-blank = لا يمكن أن يكون رابط إعادة التوجيه فارغًا
invalid-redirect-uri-format = يجب أن يكون رابط إعادة التوجيه صالحًا.
invalid-redirect-uri-relative = يجب أن يكون رابط إعادة التوجيه مطلقًا.
invalid-redirect-uri-fragment = لا يمكن أن يحتوي رابط إعادة التوجيه على جزء يبدأ بالعلامة #.
invalid-redirect-uri-forbidden = رابط إعادة التوجيه محظور على هذا الخادم.
invalid-redirect-uri-scheme = يجب أن يحدد رابط إعادة التوجيه بروتوكولًا.
invalid-redirect-uri-too-long = رابط إعادة التوجيه طويل جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-comment-too-long = الملاحظة طويلة جدًا (الحد الأقصى لعدد المحارف { $max })
invalid-domain-blank = لا يمكن ترك النطاق فارغًا
invalid-domain = النطاق ليس اسم نطاق صالحًا
invalid-domain-own = النطاق هو نطاق هذا الخادم نفسه
invalid-domain-comment = التعليق طويل جدًا (الحد الأقصى { $limit } حرفًا)
invalid-scopes = النطاقات لا تطابق ما هو مُعَدّ على الخادم.

## الوسائط

error-media-too-many = لا يمكن إرفاق أكثر من 4 ملفات
error-media-mixed = لا يمكن إرفاق فيديو بمنشور يحتوي على صور
error-media-processing = لا يمكن إرفاق ملفات لم تنتهِ معالجتها. أعِد المحاولة بعد لحظات!
error-media-not-found = الوسائط { $ids } غير موجودة أو مرفقة بمنشور آخر
error-media-type = تعذّر التحقق من نوع الملف المرفوع
error-media-failed = حدث خطأ أثناء إنشاء صورة مصغَّرة للوسائط المرفوعة
error-media-in-use = المرفق مستخدم حاليًا في منشور
error-media-dimensions = الصور ذات الأبعاد { $width }x{ $height } غير مدعومة

## المتابعة وما شابهها

error-follow-self = لا يمكنك متابعة حسابك الخاص
invalid-follow-limit = لا يمكنك متابعة أكثر من { $limit } من الأشخاص
error-in-reply-to-not-found = يبدو أن المنشور الذي تحاول الرد عليه غير موجود.
error-unexpected-mentions = سيُرسل المنشور إلى حسابات غير متوقعة

## Profiles and registration

invalid-agreement = يجب قبول اتفاقية الخدمة
invalid-reason-blank = لا يمكن أن يكون السبب فارغًا
invalid-reason-too-long = السبب طويل جدًا (الحد الأقصى { $max } حرفًا)
invalid-birth-blank = لا يمكن أن يكون تاريخ الميلاد فارغًا
invalid-birth-date = تاريخ الميلاد غير صالح
invalid-birth-young = تاريخ الميلاد دون الحد الأدنى للسن
invalid-fields-too-many = الحقول أكثر من اللازم (الحد الأقصى { $max })
invalid-fields-labels = تحتوي الحقول على قيم بلا عناوين
invalid-avatar-type = نوع ملف الصورة الرمزية غير صالح
invalid-avatar-size = يجب أن يكون حجم ملف الصورة الرمزية أقل من { $max }
invalid-header-type = نوع ملف صورة الغلاف غير صالح
invalid-header-size = يجب أن يكون حجم ملف صورة الغلاف أقل من { $max }
invalid-avatar-description-too-long = وصف الصورة الرمزية طويل جدًا (الحد الأقصى { $max } حرفًا)
invalid-header-description-too-long = وصف صورة الغلاف طويل جدًا (الحد الأقصى { $max } حرفًا)
invalid-attribution-domains = نطاقات الإسناد تحتوي على اسم نطاق غير صالح
invalid-attribution-domains-too-many = نطاقات الإسناد أكثر من اللازم (الحد الأقصى { $max })
invalid-default-privacy = الخصوصية الافتراضية ليست ضمن القائمة
invalid-default-language = اللغة الافتراضية ليست ضمن القائمة
invalid-default-quote-policy = سياسة الاقتباس الافتراضية ليست ضمن القائمة
detail-blank = لا يمكن أن يكون فارغًا
detail-taken = مستخدم بالفعل
detail-invalid = غير صالح
detail-username-format = يجب أن يحتوي على حروف وأرقام وشرطات سفلية فقط
detail-reserved = محجوز
detail-too-long = طويل جدًا (الحد الأقصى { $max } حرفًا)
detail-too-short = قصير جدًا (الحد الأدنى { $min } أحرف)
detail-accepted = يجب قبوله
detail-below-limit = دون الحد الأدنى للسن
detail-fields-labels = يحتوي على قيم بلا عناوين
detail-less-than = يجب أن يكون أقل من { $max }
detail-domain = ليس اسم نطاق صالحًا
detail-inclusion = ليس ضمن القائمة
error-emails-other-app = هذه الوظيفة متاحة فقط للتطبيق الذي أُنشئ الحساب من خلاله
error-emails-confirmed = هذه الوظيفة متاحة فقط ما دام البريد الإلكتروني في انتظار التأكيد
error-registrations-need-mail = لا يمكن لأحد التسجيل هنا بعد: لا يستطيع هذا الخادم إرسال البريد الإلكتروني. على مشغّله ضبط [smtp] أو الإعداد registrations_without_mail
error-mail-off = لا يستطيع هذا الخادم إرسال البريد الإلكتروني: على مشغّله ضبط [smtp] في ملف الإعدادات
error-mail-refused = لم يقبل خادم البريد الرسالة: { $cause }
error-not-pending = { $name } ليس في انتظار الموافقة

## OAuth

oauth-invalid-request = ينقص الطلبَ مُعامل مطلوب، أو فيه قيمة غير مدعومة، أو صيغته غير صحيحة.
oauth-missing-param = مُعامل مطلوب مفقود: { $name }.
oauth-invalid-client = فشل استيثاق التطبيق لأنه غير معروف أو لغياب بيانات الاستيثاق أو لأن طريقة الاستيثاق غير مدعومة.
oauth-invalid-grant = التصريح المقدَّم غير صالح أو منتهي الصلاحية أو مُلغى، أو لا يطابق رابط إعادة التوجيه المستعمَل في طلب التصريح، أو صادر لتطبيق آخر.
oauth-invalid-redirect-uri = رابط إعادة التوجيه المُدرَج غير صالح.
oauth-invalid-scope = النطاق المطلوب غير صالح أو غير معروف أو صيغته غير صحيحة.
oauth-invalid-code-challenge-method = يجب أن تكون طريقة code challenge هي S256، وطريقة plain غير مدعومة.
oauth-access-denied = رفض صاحب المورد أو خادم التصريح هذا الطلب.
oauth-unauthorized-client = التطبيق غير مخوَّل لتنفيذ هذا الطلب بهذه الطريقة.
oauth-unauthorized-revoke = لست مخوَّلًا لإلغاء هذا الرمز
oauth-unsupported-grant-type = نوع التصريح هذا غير مدعوم من خادم التصريح.
oauth-unsupported-response-type = لا يدعم خادم التصريح نوع الاستجابة هذا.
oauth-unsupported-response-mode = لا يدعم خادم التصريح نمط الاستجابة هذا.
oauth-server-error = واجه خادم التصريح حالة غير متوقعة منعته من تنفيذ الطلب.
oauth-temporarily-unavailable = لا يستطيع خادم التصريح معالجة الطلب حاليًا بسبب ضغط مؤقت أو أعمال صيانة.
oauth-token-expired = انتهت صلاحية رمز الوصول

## البث

error-stream-unknown = نوع البث غير معروف
error-stream-token-missing = رمز الوصول مفقود
error-stream-param-missing = مُعامل الاسم مفقود: { $name }
error-stream-token-invalid = رمز الوصول غير صالح
error-stream-scopes = رمز الوصول لا يملك النطاقات المطلوبة
error-stream-list = غير مصرَّح لك ببث هذه القائمة
error-stream-unsubscribe = حدث خطأ أثناء إلغاء الاشتراك في القناة
error-stream-too-many = اشتراكات أكثر من اللازم على اتصال واحد
error-stream-full = عدد عمليات البث كبير جدًّا حاليًّا؛ حاول لاحقًا

## Titles of pushes

push-mention = أشار إليك { $name }
push-status = نشر { $name } للتو منشورًا
push-reblog = أعاد { $name } نشر منشورك
push-follow = بدأ { $name } بمتابعتك
push-follow-request = يطلب { $name } متابعتك
push-favourite = أُعجب { $name } بمنشورك
push-poll = انتهى استطلاع رأي { $name }
push-update = عدّل { $name } منشورًا
push-quote = اقتبس { $name } منشورك
push-quoted-update = عدّل { $name } منشورًا اقتبسته
push-sign-up = أنشأ { $name } حسابًا جديدًا
push-report = أرسل { $name } بلاغًا
push-other = جديد من { $name }
