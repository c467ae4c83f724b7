### The server-rendered pages: sign-in, consent, errors, the front page, statuses and profiles.

## Around each page

page-skip = Skip to content
page-nav = Account
page-home-link = Home
page-sign-in-link = Sign in
page-footer-software = This server runs on Ferrodon, free software under the AGPL.
page-footer-source = Source code

## Sign in

page-sign-in-title = Sign in
page-sign-in-for-site = Welcome back to { $site }.
page-sign-in-for-app = Sign in to continue to { $app }.
page-sign-in-email = Email or username
page-sign-in-password = Password
page-sign-in-submit = Sign in
page-sign-in-error-wrong = That email or password is not right. Check both and try again.
page-sign-in-error-limited = Too many attempts. Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
} and try again.
page-sign-in-error-expired = This form was open for too long. Please try again.
page-sign-in-error-unconfirmed = Confirm your email address first: follow the link we sent you.
page-sign-in-error-pending = Your account is still waiting for approval.
page-sign-in-error-disabled = This account has been disabled. Ask the people who run this server.
page-sign-in-error-busy = The server is busy right now. Try again in a moment.

## Registration

page-sign-in-register = Create an account
page-sign-in-forgot = Forgot your password?
page-sign-in-no-mail = No confirmation mail?
page-sign-up-title = Create an account
page-sign-up-for-site = Become a member of { $site }.
page-sign-up-username = Username
page-sign-up-username-help = Letters, numbers and underscores. Your address will be @name@{ $domain }.
page-sign-up-email = Email
page-sign-up-password = Password
page-sign-up-password-help = 8 to 72 characters.
page-sign-up-birth = Date of birth
page-sign-up-reason = Why do you want to join?
page-sign-up-reason-help = Only the people who run this server read this.
page-sign-up-agreement = I have read and accept the rules of this server.
page-sign-up-agreement-policy = I have read and accept the privacy policy of this server.
page-sign-up-submit = Create account
page-confirm-sent-title = Look into your mail
page-confirm-sent-text = We have sent you a message with a link. Follow it to confirm your address, and your account is ready.
page-confirm-sent-help = Nothing there after a few minutes? Look into the folder for unwanted mail.
page-waiting-title = Your account waits for approval
page-waiting-text = The people who run this server read each application. You can sign in as soon as they have let you in.
page-joined-title = Welcome
page-joined-text = Your account is ready. Sign in to begin.
page-confirmed-title = Your address is confirmed
page-confirmed-text = Thank you.
page-confirmed-back = Back to { $app }
page-confirmed-continue = Continue
page-link-old-title = This link does not work any more
page-confirm-old-text = It is too old, or a newer one was sent. Ask for a new one.
page-resend-title = Send the confirmation mail again
page-resend-help = Type the address you registered with.
page-resend-submit = Send
page-resend-done = If an account waits for this address to be confirmed, a message with a link is on its way.
page-closed-title = Registration is closed
page-closed-text = This server takes no new members at the moment.
page-reset-title = Forgot your password?
page-reset-help = Type your email address. We send you a link that leads to a new password.
page-reset-no-mail = This server cannot send email. Ask the people who run it for a new password.
page-reset-submit = Send the link
page-reset-sent-title = Look into your mail
page-reset-sent-text = If an account has this address, a message with a link is on its way. The link works for six hours.
page-reset-old-text = It was used, is too old, or a newer one was sent. Ask for a new one.
page-password-title = Choose a new password
page-password-new = New password
page-password-submit = Save
page-password-done-title = Your password is changed
page-password-done-text = You were signed out everywhere. Sign in with the new password.

## Mail

mail-confirm-subject = Confirm your address for { $site }
mail-confirm-lead = Welcome! An account { $handle } was made with this address. Follow this link to confirm that the address is yours:
mail-confirm-link = Confirm my address
mail-confirm-life = The link works for two days.
mail-confirm-approval = The link works for two days. After that, the people who run the server read your application; a message tells you when they have let you in.
mail-not-you = You know nothing of this? Then do nothing; nothing will happen.
mail-reset-subject = A new password for { $site }
mail-reset-lead = Somebody asked for a new password for { $handle }. Follow this link to choose it:
mail-reset-link = Choose a new password
mail-reset-life = The link works once, for six hours. Your old password stays until then.
mail-changed-subject = Your password for { $site } was changed
mail-changed-lead = The password of { $handle } was changed, and you were signed out everywhere.
mail-changed-link = This was not you? Choose another password
mail-changed-note = If this was you, there is nothing to do.
mail-approved-subject = Welcome to { $site }
mail-approved-lead = Your account { $handle } was approved. You can sign in now:
mail-approved-link = Sign in
mail-approved-note = Any app for Mastodon works: give it the address { $domain }.
mail-test-subject = A test from { $site }
mail-test-lead = This message shows that { $domain } can send mail.

## May this app act for you?

page-consent-title = Allow { $app } to use your account?
page-consent-account = Your account:
page-consent-switch = Not you? Sign in as someone else
page-consent-scopes = This app wants to
page-consent-group-read = See
page-consent-group-write = Change and publish
page-consent-group-follow = Manage the people around you
page-consent-group-push = Send you notifications
page-consent-group-admin = Run this server
page-consent-powerful = Take care
page-consent-trust = Only allow apps that you trust.
page-consent-returns-to = Afterwards you go back to { $place }.
page-consent-returns-code = Afterwards you get a code to copy into the app.
page-consent-authorize = Allow
page-consent-deny = Deny

## The code to copy

page-code-title = Almost done
page-code-help = Copy this code, go back to the app and paste it there.
page-code-help-app = Copy this code, go back to { $app } and paste it there.
page-code-label = Authorization code
page-code-note = It works once, for ten minutes. Give it to nobody: with it, an app can use your account.
page-denied-title = Access denied
page-denied-text = You denied { $app } access to your account. Nothing was given to it, and you can close this page.
page-denied-note = If the app asks for a code, there is none. The reason is:

## Errors

page-error-status = Error { $status }
page-error-request = If you report this, please quote:
page-error-400-title = We could not read that request
page-error-400-message = Something in the address or the form is not as it should be. Go back and try again.
page-error-401-title = Please sign in
page-error-401-message = You need to be signed in to see this page.
page-error-403-title = Not allowed
page-error-403-message = Your account may not do this.
page-error-404-title = Nothing here
page-error-404-message = This page does not exist, was removed, or is not public.
page-error-406-title = Not in that form
page-error-406-message = This page cannot be had in the form that was asked for.
page-error-410-title = Gone
page-error-410-message = What was here has been removed and will not come back.
page-error-422-title = That did not go through
page-error-422-message = The form was open for too long or was changed on the way. Go back, reload the page and try again.
page-error-429-title = Too many requests
page-error-429-message = Please wait a little before you try again.
page-error-500-title = Something broke on our side
page-error-500-message = It is not your fault. Try again later.
page-error-503-title = Back soon
page-error-503-message = The server is busy or being maintained. Try again in a few minutes.
page-error-oauth-app-title = Unknown app
page-error-oauth-app-message = This server does not know the app that sent you here. Remove the account in the app and add it again.
page-error-oauth-redirect-title = Wrong return address
page-error-oauth-redirect-message = The app asked to send you to an address that it has not registered, so we stopped here to keep your account safe.
page-error-oauth-response-type-title = The app asked for the wrong answer
page-error-oauth-response-type-message = This server can only answer with an authorization code. Tell the app’s makers.
page-error-oauth-scope-title = The app asks for too much
page-error-oauth-scope-message = It wants permissions that do not exist or that it did not register. Tell the app’s makers.
page-error-oauth-request-title = Incomplete request
page-error-oauth-request-message = The app left something out when it sent you here. Go back to the app and try again.

## The front page

page-home-signed-in = You are signed in
page-home-sign-out = Sign out
page-home-have-account = Have an account here?
page-home-new-here = New here?
page-home-apps = Use it with an app
page-home-apps-help = Any app for Mastodon works. When it asks for your server, type this address.
page-home-address = Server address:

## Signing out

page-sign-out-title = Sign out?
page-sign-out-help = You can sign in again at any time.
page-sign-out-nobody = You are not signed in.

## The source code

page-source-title = Source code
page-source-help = This server runs Ferrodon under the GNU Affero General Public License. Everybody who uses it may have the source code of the version that runs here.
page-source-version = Version
page-source-commit = Commit
page-source-place = Source code of this version
page-source-nowhere = This server is not public, so the people who run it have not said where its source code is. Ask them for it.

## Somebody of another server

page-interact-follow = Follow
page-interact-asked = You asked to follow this account. It has not answered yet.
page-interact-following = You follow this account.
page-interact-help = To reply, boost or favourite, open the post in your app: search for its address there.

## A status

page-status-title = Post by { $name }
page-status-ancestors = Earlier in this conversation
page-status-replies-title = Replies
page-status-boosted-by = { $name } boosted
page-status-warning = Content warning
page-status-sensitive = Sensitive media. Select to show.
page-status-edited = Edited
page-status-replies = { $count ->
    [one] { $count } reply
   *[other] { $count } replies
}
page-status-reblogs = { $count ->
    [one] { $count } boost
   *[other] { $count } boosts
}
page-status-favourites = { $count ->
    [one] { $count } favourite
   *[other] { $count } favourites
}
page-media-undescribed = Image without description
page-media-image = Image
page-media-video = Video
page-media-audio = Audio
page-media-other = File

## A poll

page-poll-title = Poll
page-poll-percent = { $percent }%
page-poll-votes = { $count ->
    [one] { $count } vote
   *[other] { $count } votes
}
page-poll-people = { $count ->
    [one] { $count } person voted
   *[other] { $count } people voted
}
page-poll-multiple = Several choices allowed
page-poll-chosen = Your vote
page-poll-closes = Closes
page-poll-closed = Closed
page-poll-endless = No closing date
page-poll-hidden = Results are shown when the poll closes.

## A profile

page-profile-avatar = Profile picture of { $name }
page-profile-bot = Automated
page-profile-locked = Approves followers
page-profile-verified = Verified link
page-profile-statuses = { $count ->
    [one] { $count } post
   *[other] { $count } posts
}
page-profile-following = { $count } following
page-profile-followers = { $count ->
    [one] { $count } follower
   *[other] { $count } followers
}
page-profile-joined = Joined
page-profile-posts-title = Posts
page-profile-no-posts = No public posts.
page-profile-pages = Pages
page-profile-newer = Newer posts
page-profile-older = Older posts

## Hashtags, followers

page-tag-help = Public posts with this hashtag.
page-tag-none = No public posts with this hashtag.
page-people-followers-title = Followers of { $name }
page-people-following-title = Accounts that { $name } follows
page-people-hidden = This list is not public.
page-people-none = Nobody here yet.
page-people-newest = Newest
page-people-older = More

## What an app may do, by scope

scope-profile = See your name, picture and handle, and nothing else
scope-read = Read everything in your account, private posts and messages included
scope-read-accounts = Read profiles of accounts
scope-read-blocks = See whom you block
scope-read-bookmarks = See your bookmarks
scope-read-collections = See your collections
scope-read-favourites = See your favourites
scope-read-filters = See your filters
scope-read-follows = See whom you follow and who follows you
scope-read-lists = See your lists
scope-read-mutes = See whom you mute
scope-read-notifications = Read your notifications
scope-read-search = Search as you
scope-read-statuses = Read all posts you can see, private ones included
scope-write = Change everything in your account: post, edit and delete as you
scope-write-accounts = Change your profile and settings
scope-write-blocks = Block and unblock accounts and domains
scope-write-bookmarks = Add and remove bookmarks
scope-write-collections = Create and change your collections
scope-write-conversations = Mark conversations as read, mute and delete them
scope-write-favourites = Favourite posts and take it back
scope-write-filters = Create and change your filters
scope-write-follows = Follow and unfollow people
scope-write-lists = Create and change your lists
scope-write-media = Upload pictures, videos and sounds
scope-write-mutes = Mute and unmute people and conversations
scope-write-notifications = Clear your notifications
scope-write-reports = Report others to the moderators
scope-write-statuses = Publish, edit and delete posts as you
scope-follow = See and change whom you follow, mute and block
scope-push = Receive your notifications as push messages
scope-admin-read = Read all data on this server
scope-admin-read-accounts = Read sensitive data of all accounts, such as email and IP addresses
scope-admin-read-reports = Read all reports and the accounts in them
scope-admin-read-domain_allows = See which domains are allowed
scope-admin-read-domain_blocks = See which domains are blocked
scope-admin-read-ip_blocks = See which IP addresses are blocked
scope-admin-read-email_domain_blocks = See which email domains are blocked
scope-admin-read-canonical_email_blocks = See which email addresses are blocked
scope-admin-write = Change all data on this server
scope-admin-write-accounts = Moderate accounts: limit, suspend and delete them
scope-admin-write-reports = Handle reports
scope-admin-write-domain_allows = Allow domains and take it back
scope-admin-write-domain_blocks = Block and unblock domains
scope-admin-write-ip_blocks = Block and unblock IP addresses
scope-admin-write-email_domain_blocks = Block and unblock email domains
scope-admin-write-canonical_email_blocks = Block and unblock email addresses

## About this server

page-about-title = About
page-about-contact = Contact
page-about-rules = Rules
page-about-members = Members
page-about-posts = Posts
page-privacy-title = Privacy policy
page-privacy-stand-in = Whoever runs { $domain } has not written a privacy policy yet. To work, this server keeps what you enter and post, your e-mail address, and the addresses and names of the browsers that you sign in with. What you post is shown to whom its visibility says.
page-continue-title = Back to the app
page-continue-help = Press the button to go on to { $place }.
page-continue-button = Continue
