# API のエラー文

## 誰が何をできるか

error-not-found = 記録が見つかりません
error-unauthorized = アクセストークンが無効です
error-revoked = アクセストークンは取り消されました
error-scope = この操作は許可された範囲を超えています
error-forbidden = この操作は許可されていません
error-user-required = このメソッドにはユーザー認証が必要です
error-search-pagination = 検索結果の続きを見るにはログインが必要です
error-search-resolve = 他のサーバーの検索にはログインが必要です
error-unconfirmed = メールアドレスの確認が済んでいません
error-pending = アカウントは承認待ちです
error-disabled = アカウントは現在無効になっています
error-app-required = このメソッドにはクライアント認証が必要です

## リクエストとサーバー

error-rate-limited = リクエストが多すぎます
error-temporary = 一時的な問題が発生しました。もう一度お試しください
error-internal = 申し訳ありません。サーバー側で問題が発生しました。
error-malformed = リクエストを読み取れませんでした: { $detail }
error-param-missing = パラメーターがないか、値が空または無効です: { $name }
error-expand-accounts = 「expand_accounts」の値「{ $value }」は無効です。使用できる値は「full」と「partial_avatars」です
error-payload-too-large = リクエストが大きすぎます。上限は { $max } です
error-not-acceptable = この形式では提供していません
error-inbox-type = この種類のコンテンツは受け付けていません
error-signature-missing = リクエストに署名がありません
error-signature = この署名では送信者を確認できません
error-key-unreachable = この署名の鍵を持つサーバーが応答しません
error-method-not-allowed = このメソッドはここでは使えません
error-not-offered = このサーバーはまだ { $name } に対応していません
error-too-many-ids = IDが多すぎます
error-no-local-account = { $name } というローカルアカウントはありません
error-no-account = { $name } というアカウントはありません
error-no-emoji = { $name } というカスタム絵文字はありません
error-emoji-taken = { $name } というカスタム絵文字はすでにあります
error-emoji-limit = カスタム絵文字は { $max } 個までです
error-no-rule = ルール { $name } はありません
error-rule-limit = ルールは { $max } 個までです
error-no-domain-rule = { $domain } にはそのようなルールがありません
error-no-setting = { $name } という設定はありません
error-conflict = 更新が競合しました。もう一度お試しください
error-duplicate = すでに存在する記録です
error-date-invalid = 日付が無効です
error-record-invalid = レコードが無効です
error-remote-fetch = リモートのデータを取得できませんでした
error-gone = このサーバーは閉鎖されます
error-setting-pinned = { $name } は設定ファイルで固定されているため、ここでは変更できません

## 入力の誤り

error-validation = 入力内容に誤りがあります: { $what }
error-validation-separator = 、

invalid-text-blank = 本文を入力してください
invalid-text-too-long = 本文が上限の { $max } 文字を超えています
invalid-text-hashtags = 本文に使用できないハッシュタグが含まれています: { $tags }
invalid-visibility = 公開範囲の値が正しくありません
invalid-language = 言語が無効です
invalid-quote-policy = 引用の許可設定の値が正しくありません
invalid-scheduled-at = 予約日時は未来にしてください
invalid-scheduled-total = 予約投稿の上限（{ $max }件）を超えています
invalid-scheduled-day = 1日に予約できる投稿の上限（{ $max }件）を超えています
invalid-poll-options-blank = 選択肢を入力してください
invalid-poll-options-few = 選択肢は2つ以上必要です
invalid-poll-options-many = 選択肢は{ $max }個までです
invalid-poll-options-long = 選択肢はそれぞれ{ $max }文字以内で入力してください
invalid-poll-options-duplicate = 選択肢が重複しています
invalid-poll-deadline-blank = 期限を入力してください
invalid-poll-deadline-late = 期限が先すぎます
invalid-poll-deadline-soon = 期限が早すぎます
invalid-vote-ended = この投票はすでに終了しています
invalid-vote-choice = 選んだ選択肢は存在しません
invalid-vote-own = 自分の投票には参加できません
invalid-vote-twice = この投票にはすでに参加しています
invalid-username-blank = ユーザー名を入力してください
invalid-username-taken = そのユーザー名はすでに使われています
invalid-username-format = ユーザー名に使えるのは英数字とアンダースコアだけです
invalid-username-reserved = そのユーザー名は予約されています
invalid-username-too-long = ユーザー名が長すぎます（最大 { $max } 文字）
invalid-email-blank = メールアドレスを入力してください
invalid-email-format = メールアドレスが無効です
invalid-email-taken = そのメールアドレスはすでに使われています
invalid-password-blank = パスワードを入力してください
invalid-password-too-short = パスワードが短すぎます（最小 { $min } 文字）
invalid-password-too-long = パスワードが長すぎます（最大 { $max } 文字）
invalid-display-name-too-long = 表示名が長すぎます（最大 { $max } 文字）
invalid-note-too-long = 自己紹介が長すぎます（最大 { $max } 文字）
invalid-description-too-long = 説明が長すぎます（最大 { $max } 文字）
invalid-focus = フォーカスの位置が無効です
invalid-file-blank = ファイルを選んでください
invalid-file-size = ファイルは { $max } 未満にしてください
invalid-file-type = ファイルの種類が無効です
invalid-thumbnail-type = サムネイルのファイル形式が正しくありません
invalid-thumbnail-size = サムネイルは { $max } 未満にしてください
invalid-shortcode = ショートコードは2～128文字の英数字とアンダースコアにしてください
invalid-emoji-category = カテゴリー名が長すぎます（最大 { $max } 文字）
invalid-pin-ownership = 他の人の投稿は固定できません
invalid-pin-reblog = ブーストは固定できません
invalid-pin-direct = メンションした人だけが見られる投稿は固定できません
invalid-pin-limit = 固定できる投稿の数が上限に達しています
invalid-title-blank = タイトルを入力してください
invalid-title-too-long = タイトルは{ $max }文字以内で入力してください
invalid-replies-policy = 返信の設定は一覧にありません
invalid-list-limit = リストの数が上限に達しました
invalid-list-account-taken = アカウントはすでにリストに入っています
invalid-list-account-not-followed = アカウントをフォローしていません
invalid-endpoint-blank = 送信先を入力してください
invalid-endpoint = 送信先は有効なURLではありません
invalid-push-key = 有効なEd25519またはCurve25519キーではありません
invalid-app-name-blank = アプリの名前を入力してください
invalid-app-name-too-long = アプリの名前が長すぎます（最大 { $max } 文字）
invalid-app-website = ウェブサイトは有効な URL にしてください
invalid-app-website-too-long = ウェブサイトの URL が長すぎます（最大 { $max } 文字）
invalid-redirect-uri-blank = リダイレクト URI を入力してください
invalid-redirect-uri-format = リダイレクト URI は有効な URI にしてください。
invalid-redirect-uri-relative = リダイレクト URI は絶対 URI にしてください。
invalid-redirect-uri-fragment = リダイレクト URI にフラグメントは使えません。
invalid-redirect-uri-forbidden = そのリダイレクト URI はサーバーで禁止されています。
invalid-redirect-uri-scheme = リダイレクト URI にはスキームが必要です。
invalid-redirect-uri-too-long = リダイレクト URI が長すぎます（最大 { $max } 文字）
invalid-comment-too-long = メモが長すぎます（最大 { $max } 文字）
invalid-domain-blank = ドメインを入力してください
invalid-domain = ドメインは有効なドメイン名ではありません
invalid-domain-own = このサーバー自身のドメインです
invalid-domain-comment = コメントが長すぎます（最大 { $limit } 文字）
invalid-scopes = スコープがサーバーの設定と一致しません。

## メディア

error-media-too-many = 添付できるファイルは4つまでです
error-media-mixed = 画像がすでに含まれる投稿に動画は添付できません
error-media-processing = 処理が終わっていないファイルは添付できません。少し待ってからもう一度お試しください！
error-media-not-found = メディア { $ids } が見つからないか、すでに他の投稿に添付されています
error-media-type = アップロードされたメディアの種類を確認できませんでした
error-media-failed = アップロードされたメディアのサムネイルを作成できませんでした
error-media-in-use = このメディアは投稿で使われています
error-media-dimensions = { $width }x{ $height } の画像には対応していません

## フォローなど

error-follow-self = 自分のアカウントをフォローすることはできません
invalid-follow-limit = { $limit } 人を超えてフォローすることはできません
error-in-reply-to-not-found = 返信先の投稿が見つかりません。
error-unexpected-mentions = 投稿が意図しないアカウントに送られます

## Profiles and registration

invalid-agreement = 利用規約に同意してください
invalid-reason-blank = 理由を入力してください
invalid-reason-too-long = 理由が長すぎます（最大{ $max }文字）
invalid-birth-blank = 生年月日を入力してください
invalid-birth-date = 生年月日が正しくありません
invalid-birth-young = 生年月日が年齢制限を下回っています
invalid-fields-too-many = 補足情報が多すぎます（最大{ $max }件）
invalid-fields-labels = 補足情報にラベルのない値があります
invalid-avatar-type = アイコンのファイル形式が正しくありません
invalid-avatar-size = アイコンのファイルサイズは{ $max }未満にしてください
invalid-header-type = ヘッダーのファイル形式が正しくありません
invalid-header-size = ヘッダーのファイルサイズは{ $max }未満にしてください
invalid-avatar-description-too-long = アイコンの説明が長すぎます（最大{ $max }文字）
invalid-header-description-too-long = ヘッダーの説明が長すぎます（最大{ $max }文字）
invalid-attribution-domains = 著者表示のドメインに正しくないものがあります
invalid-attribution-domains-too-many = 著者表示のドメインが多すぎます（最大{ $max }件）
invalid-default-privacy = 公開範囲の初期値は一覧にありません
invalid-default-language = 言語の初期値は一覧にありません
invalid-default-quote-policy = 引用の初期設定は一覧にありません
detail-blank = を入力してください
detail-taken = はすでに使われています
detail-invalid = は正しくありません
detail-username-format = に使えるのは英数字とアンダースコアだけです
detail-reserved = は予約されています
detail-too-long = が長すぎます（最大{ $max }文字）
detail-too-short = が短すぎます（最小{ $min }文字）
detail-accepted = に同意してください
detail-below-limit = が年齢制限を下回っています
detail-fields-labels = にラベルのない値があります
detail-less-than = は{ $max }未満にしてください
detail-domain = は正しいドメイン名ではありません
detail-inclusion = は一覧にありません
error-emails-other-app = この操作は、登録に使ったアプリからのみ行えます
error-emails-confirmed = この操作は、メールアドレスの確認を待っている間だけ行えます
error-registrations-need-mail = このサーバーはメールを送れないため、まだ誰も登録できません。サーバーの管理者が [smtp] か設定 registrations_without_mail を用意する必要があります
error-mail-off = このサーバーはメールを送れません。サーバーの管理者が設定ファイルの [smtp] を用意する必要があります
error-mail-refused = メールサーバーがメッセージを受け付けませんでした: { $cause }
error-not-pending = { $name } は承認待ちではありません

## OAuth

oauth-invalid-request = 必要なパラメーターがないか、対応していない値が含まれているか、リクエストの形式が正しくありません。
oauth-missing-param = 必要なパラメーターがありません: { $name }
oauth-invalid-client = クライアントが不明か、クライアント認証がないか、認証方法に対応していないため、クライアントを認証できませんでした。
oauth-invalid-grant = 認可が無効、期限切れ、または取り消し済みか、認可リクエストのリダイレクト URI と一致しないか、別のクライアントに発行されたものです。
oauth-invalid-redirect-uri = リダイレクト URI が無効です。
oauth-invalid-scope = 要求されたスコープが無効か、不明か、形式が正しくありません。
oauth-invalid-code-challenge-method = code challenge の方式は S256 にしてください。plain には対応していません。
oauth-access-denied = リソースの所有者または認可サーバーがリクエストを拒否しました。
oauth-unauthorized-client = このクライアントには、この方法でリクエストを行う権限がありません。
oauth-unauthorized-revoke = このトークンを取り消す権限がありません
oauth-unsupported-grant-type = この認可の種類に認可サーバーは対応していません。
oauth-unsupported-response-type = この応答の種類に認可サーバーは対応していません。
oauth-unsupported-response-mode = この応答モードに認可サーバーは対応していません。
oauth-server-error = 予期しない問題が起き、認可サーバーはリクエストを処理できませんでした。
oauth-temporarily-unavailable = 一時的な過負荷またはメンテナンスのため、認可サーバーは現在リクエストを処理できません。
oauth-token-expired = アクセストークンの有効期限が切れています

## ストリーミング

error-stream-unknown = 不明なストリームの種類です
error-stream-token-missing = アクセストークンがありません
error-stream-param-missing = 名前のパラメーターがありません: { $name }
error-stream-token-invalid = アクセストークンが無効です
error-stream-scopes = アクセストークンに必要な範囲がありません
error-stream-list = このリストのストリームを受信する権限がありません
error-stream-unsubscribe = チャンネルの購読を解除できませんでした
error-stream-too-many = 1つの接続での購読が多すぎます
error-stream-full = 現在ストリームが多すぎます。しばらくしてからもう一度お試しください

## Titles of pushes

push-mention = { $name }さんがあなたをメンションしました
push-status = { $name }さんが投稿しました
push-reblog = { $name }さんがあなたの投稿をブーストしました
push-follow = { $name }さんがあなたをフォローしました
push-follow-request = { $name }さんがあなたのフォローを希望しています
push-favourite = { $name }さんがあなたの投稿をお気に入りに登録しました
push-poll = { $name }さんのアンケートが終了しました
push-update = { $name }さんが投稿を編集しました
push-quote = { $name }さんがあなたの投稿を引用しました
push-quoted-update = あなたが引用した投稿を{ $name }さんが編集しました
push-sign-up = { $name }さんが登録しました
push-report = { $name }さんが通報しました
push-other = { $name }さんからのお知らせ
