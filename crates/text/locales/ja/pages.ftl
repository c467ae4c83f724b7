### サーバーが表示するページ：ログイン、連携の許可、エラー、トップ、投稿、プロフィール。

## 各ページの共通部分

page-skip = 本文へ移動
page-nav = アカウント
page-home-link = トップページ
page-sign-in-link = ログイン
page-footer-software = このサーバーは AGPL の自由ソフトウェア Ferrodon で動いています。
page-footer-source = ソースコード

## ログイン

page-sign-in-title = ログイン
page-sign-in-for-site = { $site }へおかえりなさい。
page-sign-in-for-app = { $app }を使うにはログインしてください。
page-sign-in-email = メールアドレスまたはユーザー名
page-sign-in-password = パスワード
page-sign-in-submit = ログイン
page-sign-in-error-wrong = メールアドレスまたはパスワードが違います。確認してもう一度お試しください。
page-sign-in-error-limited = 試行回数が多すぎます。{ $minutes ->
   *[other] { $minutes }分
}待ってからもう一度お試しください。
page-sign-in-error-expired = フォームの有効期限が切れました。もう一度お試しください。
page-sign-in-error-unconfirmed = 先にメールアドレスを確認してください。お送りしたメールのリンクを開いてください。
page-sign-in-error-pending = アカウントは承認待ちです。
page-sign-in-error-disabled = このアカウントは無効になっています。サーバーの管理者にお問い合わせください。
page-sign-in-error-busy = サーバーが混み合っています。しばらくしてからもう一度お試しください。

## Registration

page-sign-in-register = アカウントを作成
page-sign-in-forgot = パスワードをお忘れですか？
page-sign-in-no-mail = 確認メールが届きませんか？
page-sign-up-title = アカウントを作成
page-sign-up-for-site = { $site }に参加します。
page-sign-up-username = ユーザー名
page-sign-up-username-help = 英数字とアンダースコアが使えます。あなたの住所は @name@{ $domain } になります。
page-sign-up-email = メールアドレス
page-sign-up-password = パスワード
page-sign-up-password-help = 8文字から72文字まで。
page-sign-up-birth = 生年月日
page-sign-up-reason = 参加したい理由
page-sign-up-reason-help = これを読むのはサーバーの管理者だけです。
page-sign-up-agreement = このサーバーのルールを読み、同意します。
page-sign-up-agreement-policy = このサーバーのプライバシーポリシーを読み、同意します。
page-sign-up-submit = アカウントを作成
page-confirm-sent-title = メールをご確認ください
page-confirm-sent-text = リンクの入ったメールをお送りしました。リンクを開いてメールアドレスを確認すると、アカウントが使えるようになります。
page-confirm-sent-help = 数分たっても届かないときは、迷惑メールのフォルダーをご覧ください。
page-waiting-title = アカウントは承認待ちです
page-waiting-text = サーバーの管理者が申請をひとつずつ読みます。承認されるとログインできます。
page-joined-title = ようこそ
page-joined-text = アカウントの準備ができました。ログインして始めましょう。
page-confirmed-title = メールアドレスを確認しました
page-confirmed-text = ありがとうございます。
page-confirmed-back = { $app }に戻る
page-confirmed-continue = 続ける
page-link-old-title = このリンクはもう使えません
page-confirm-old-text = 期限が切れたか、新しいリンクが送られています。もう一度お求めください。
page-resend-title = 確認メールを再送する
page-resend-help = 登録したメールアドレスを入力してください。
page-resend-submit = 送信
page-resend-done = このアドレスの確認を待つアカウントがあれば、リンクの入ったメールをお送りします。
page-closed-title = 新規登録は受け付けていません
page-closed-text = このサーバーは現在、新しい参加者を受け付けていません。
page-reset-title = パスワードをお忘れですか？
page-reset-help = メールアドレスを入力してください。新しいパスワードを決めるためのリンクをお送りします。
page-reset-no-mail = このサーバーはメールを送れません。サーバーの管理者に新しいパスワードを依頼してください。
page-reset-submit = リンクを送る
page-reset-sent-title = メールをご確認ください
page-reset-sent-text = このアドレスのアカウントがあれば、リンクの入ったメールをお送りします。リンクは6時間有効です。
page-reset-old-text = 使用済みか、期限が切れたか、新しいリンクが送られています。もう一度お求めください。
page-password-title = 新しいパスワードを決める
page-password-new = 新しいパスワード
page-password-submit = 保存
page-password-done-title = パスワードを変更しました
page-password-done-text = すべての端末からログアウトしました。新しいパスワードでログインしてください。

## Mail

mail-confirm-subject = { $site }のメールアドレスの確認
mail-confirm-lead = ようこそ！ このアドレスでアカウント { $handle } が作成されました。ご本人のアドレスであることを、次のリンクで確認してください：
mail-confirm-link = メールアドレスを確認する
mail-confirm-life = リンクは2日間有効です。
mail-confirm-approval = リンクは2日間有効です。そのあとサーバーの管理者が申請を読み、承認されるとメールでお知らせします。
mail-not-you = お心当たりがなければ、何もしないでください。何も起こりません。
mail-reset-subject = { $site }の新しいパスワード
mail-reset-lead = { $handle } の新しいパスワードが求められました。次のリンクで決めてください：
mail-reset-link = 新しいパスワードを決める
mail-reset-life = リンクは6時間のあいだ、1度だけ使えます。それまでは古いパスワードが有効です。
mail-changed-subject = { $site }のパスワードが変更されました
mail-changed-lead = { $handle } のパスワードが変更され、すべての端末からログアウトしました。
mail-changed-link = 心当たりがありませんか？ 別のパスワードを決める
mail-changed-note = ご本人による変更であれば、何もする必要はありません。
mail-approved-subject = { $site }へようこそ
mail-approved-lead = アカウント { $handle } が承認されました。ログインできます：
mail-approved-link = ログイン
mail-approved-note = Mastodon用のアプリならどれでも使えます。サーバーには { $domain } と入力してください。
mail-test-subject = { $site }からの試験メール
mail-test-lead = このメールは、{ $domain } がメールを送れることを示しています。

## アプリとの連携

page-consent-title = { $app }にアカウントの利用を許可しますか？
page-consent-account = あなたのアカウント：
page-consent-switch = 別のアカウントでログインする
page-consent-scopes = このアプリが求める権限
page-consent-group-read = 閲覧
page-consent-group-write = 変更と投稿
page-consent-group-follow = 人とのつながりの管理
page-consent-group-push = 通知の送信
page-consent-group-admin = サーバーの管理
page-consent-powerful = 要注意
page-consent-trust = 信頼できるアプリだけを許可してください。
page-consent-returns-to = このあと{ $place }に戻ります。
page-consent-returns-code = このあとアプリに貼り付けるコードが表示されます。
page-consent-authorize = 許可する
page-consent-deny = 拒否する

## コピーするコード

page-code-title = あと少しで完了です
page-code-help = このコードをコピーして、アプリに戻って貼り付けてください。
page-code-help-app = このコードをコピーして、{ $app }に戻って貼り付けてください。
page-code-label = 認証コード
page-code-note = 10分以内に1回だけ使えます。このコードがあればアプリはあなたのアカウントを使えるため、誰にも教えないでください。
page-denied-title = アクセスを拒否しました
page-denied-text = { $app }によるアカウントへのアクセスを拒否しました。アプリには何も渡していません。このページは閉じてかまいません。
page-denied-note = アプリがコードを求めても、コードはありません。理由:

## エラー

page-error-status = エラー { $status }
page-error-request = お問い合わせの際は次の番号をお知らせください：
page-error-400-title = リクエストを読み取れませんでした
page-error-400-message = アドレスまたはフォームの内容が正しくありません。前のページに戻ってもう一度お試しください。
page-error-401-title = ログインしてください
page-error-401-message = このページを見るにはログインが必要です。
page-error-403-title = 許可されていません
page-error-403-message = このアカウントではこの操作を行えません。
page-error-404-title = ページが見つかりません
page-error-404-message = このページは存在しないか、削除されたか、公開されていません。
page-error-406-title = この形式では表示できません
page-error-406-message = 求められた形式ではこのページを提供していません。
page-error-410-title = 削除されました
page-error-410-message = ここにあったものは削除され、元に戻ることはありません。
page-error-422-title = 送信を完了できませんでした
page-error-422-message = フォームの有効期限が切れたか、内容が途中で変わりました。前のページに戻って再読み込みし、もう一度お試しください。
page-error-429-title = リクエストが多すぎます
page-error-429-message = 少し待ってからもう一度お試しください。
page-error-500-title = サーバーで問題が発生しました
page-error-500-message = あなたの操作が原因ではありません。あとでもう一度お試しください。
page-error-503-title = まもなく再開します
page-error-503-message = サーバーが混み合っているか、メンテナンス中です。数分後にもう一度お試しください。
page-error-oauth-app-title = 不明なアプリです
page-error-oauth-app-message = このサーバーには、このアプリが登録されていません。アプリからアカウントを削除して、もう一度追加してください。
page-error-oauth-redirect-title = 戻り先のアドレスが違います
page-error-oauth-redirect-message = アプリが登録していないアドレスへ移動しようとしたため、アカウントの安全のためにここで止めました。
page-error-oauth-response-type-title = 対応していない応答の種類です
page-error-oauth-response-type-message = このサーバーは認証コードによる応答だけに対応しています。アプリの開発者にお知らせください。
page-error-oauth-scope-title = 認められていない権限です
page-error-oauth-scope-message = アプリが、存在しない権限または登録していない権限を求めました。アプリの開発者にお知らせください。
page-error-oauth-request-title = リクエストが不完全です
page-error-oauth-request-message = アプリからの情報が足りません。アプリに戻ってもう一度お試しください。

## トップページ

page-home-signed-in = ログインしています
page-home-sign-out = ログアウト
page-home-have-account = アカウントをお持ちですか？
page-home-new-here = はじめての方へ
page-home-apps = アプリで使う
page-home-apps-help = Mastodon に対応したアプリが使えます。サーバーを聞かれたら、このアドレスを入力してください。
page-home-address = サーバーのアドレス：

## ログアウト

page-sign-out-title = ログアウトしますか？
page-sign-out-help = いつでも再びログインできます。
page-sign-out-nobody = ログインしていません。

## ソースコード

page-source-title = ソースコード
page-source-help = このサーバーは GNU Affero 一般公衆ライセンスの Ferrodon で動いています。利用者は誰でも、ここで動いているバージョンのソースコードを入手できます。
page-source-version = バージョン
page-source-commit = コミット
page-source-place = このバージョンのソースコード
page-source-nowhere = このサーバーは公開されていないため、ソースコードの場所は設定されていません。運営者に尋ねてください。

## ほかのサーバーのアカウント

page-interact-follow = フォローする
page-interact-asked = フォローを申請しました。まだ返事がありません。
page-interact-following = このアカウントをフォローしています。
page-interact-help = 返信、ブースト、お気に入りは、アプリでこのアドレスを検索して投稿を開くと使えます。

## 投稿

page-status-title = { $name }さんの投稿
page-status-ancestors = この会話のこれまでの投稿
page-status-replies-title = 返信
page-status-boosted-by = { $name }さんがブースト
page-status-warning = 閲覧注意
page-status-sensitive = 閲覧注意のメディアです。選ぶと表示します。
page-status-edited = 編集
page-status-replies = { $count ->
   *[other] 返信 { $count }件
}
page-status-reblogs = { $count ->
   *[other] ブースト { $count }件
}
page-status-favourites = { $count ->
   *[other] お気に入り { $count }件
}
page-media-undescribed = 説明のない画像
page-media-image = 画像
page-media-video = 動画
page-media-audio = 音声
page-media-other = ファイル

## アンケート

page-poll-title = アンケート
page-poll-percent = { $percent }%
page-poll-votes = { $count ->
   *[other] { $count }票
}
page-poll-people = { $count ->
   *[other] { $count }人が投票
}
page-poll-multiple = 複数選択可
page-poll-chosen = あなたの投票
page-poll-closes = 終了予定
page-poll-closed = 終了
page-poll-endless = 期限なし
page-poll-hidden = 結果は終了後に表示されます。

## プロフィール

page-profile-avatar = { $name }さんのプロフィール画像
page-profile-bot = 自動投稿
page-profile-locked = フォロー承認制
page-profile-verified = 確認済みリンク
page-profile-statuses = { $count ->
   *[other] 投稿 { $count }件
}
page-profile-following = フォロー { $count }人
page-profile-followers = { $count ->
   *[other] フォロワー { $count }人
}
page-profile-joined = 登録日
page-profile-posts-title = 投稿
page-profile-no-posts = 公開されている投稿はありません。
page-profile-pages = ページ
page-profile-newer = 新しい投稿
page-profile-older = 過去の投稿

## ハッシュタグとフォロワー

page-tag-help = このハッシュタグのついた公開投稿です。
page-tag-none = このハッシュタグのついた公開投稿はありません。
page-people-followers-title = { $name }さんのフォロワー
page-people-following-title = { $name }さんがフォローしているアカウント
page-people-hidden = このリストは公開されていません。
page-people-none = まだ誰もいません。
page-people-newest = 最新
page-people-older = 次へ

## アプリの権限

scope-profile = 名前、画像、ユーザー名だけを見る
scope-read = 非公開の投稿やメッセージを含む、アカウントのすべての情報を読む
scope-read-accounts = アカウントのプロフィールを見る
scope-read-blocks = ブロックしている相手を見る
scope-read-bookmarks = ブックマークを見る
scope-read-collections = コレクションを見る
scope-read-favourites = お気に入りを見る
scope-read-filters = フィルターを見る
scope-read-follows = フォローとフォロワーを見る
scope-read-lists = リストを見る
scope-read-mutes = ミュートしている相手を見る
scope-read-notifications = 通知を読む
scope-read-search = あなたとして検索する
scope-read-statuses = 非公開のものを含む、あなたに見えるすべての投稿を読む
scope-write = アカウントのすべてを変更する（あなたとしての投稿、編集、削除）
scope-write-accounts = プロフィールと設定を変更する
scope-write-blocks = アカウントやドメインをブロックまたは解除する
scope-write-bookmarks = ブックマークを追加または削除する
scope-write-collections = コレクションを作成または変更する
scope-write-conversations = 会話を既読、ミュート、または削除する
scope-write-favourites = 投稿をお気に入りに追加または解除する
scope-write-filters = フィルターを作成または変更する
scope-write-follows = フォローまたはフォロー解除する
scope-write-lists = リストを作成または変更する
scope-write-media = 画像、動画、音声をアップロードする
scope-write-mutes = 人や会話をミュートまたは解除する
scope-write-notifications = 通知を消去する
scope-write-reports = ほかの人をモデレーターに通報する
scope-write-statuses = あなたとして投稿、編集、削除する
scope-follow = フォロー、ミュート、ブロックの相手を見て変更する
scope-push = プッシュ通知を受け取る
scope-admin-read = サーバーのすべてのデータを読む
scope-admin-read-accounts = メールアドレスや IP アドレスなど、全アカウントの機密情報を読む
scope-admin-read-reports = すべての通報とその対象アカウントを読む
scope-admin-read-domain_allows = 許可しているドメインを見る
scope-admin-read-domain_blocks = ブロックしているドメインを見る
scope-admin-read-ip_blocks = ブロックしている IP アドレスを見る
scope-admin-read-email_domain_blocks = ブロックしているメールドメインを見る
scope-admin-read-canonical_email_blocks = ブロックしているメールアドレスを見る
scope-admin-write = サーバーのすべてのデータを変更する
scope-admin-write-accounts = アカウントの制限、停止、削除を行う
scope-admin-write-reports = 通報に対応する
scope-admin-write-domain_allows = ドメインを許可または取り消す
scope-admin-write-domain_blocks = ドメインをブロックまたは解除する
scope-admin-write-ip_blocks = IP アドレスをブロックまたは解除する
scope-admin-write-email_domain_blocks = メールドメインをブロックまたは解除する
scope-admin-write-canonical_email_blocks = メールアドレスをブロックまたは解除する

## このサーバーについて

page-about-title = このサーバーについて
page-about-contact = 連絡先
page-about-rules = ルール
page-about-members = メンバー
page-about-posts = 投稿
page-privacy-title = プライバシーポリシー
page-privacy-stand-in = { $domain } の運営者は、まだプライバシーポリシーを書いていません。このサーバーは動作のために、入力された内容と投稿、メールアドレス、ログインに使ったブラウザーのアドレスと名前を保存します。投稿は、その公開範囲に応じて表示されます。
page-continue-title = アプリに戻る
page-continue-help = ボタンを押すと { $place } に進みます。
page-continue-button = 続ける
