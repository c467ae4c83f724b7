# Words of API errors. Where Mastodon has a text for an error, this is that text: apps show it to
# people as it is, and some compare it.

## Who may do what

error-not-found = Record not found
error-unauthorized = The access token is invalid
error-revoked = The access token was revoked
error-scope = This action is outside the authorized scopes
error-forbidden = This action is not allowed
error-user-required = This method requires an authenticated user
error-search-pagination = Search queries pagination is not supported without authentication
error-search-resolve = Search queries that resolve remote resources are not supported without authentication
error-unconfirmed = Your login is missing a confirmed e-mail address
error-pending = Your login is currently pending approval
error-disabled = Your login is currently disabled
error-app-required = This method requires an client credentials authentication

## The request and the server

error-rate-limited = Too many requests
error-temporary = There was a temporary problem serving your request, please try again
error-internal = We're sorry, but something went wrong on our end.
error-malformed = The request could not be read: { $detail }
error-param-missing = param is missing or the value is empty or invalid: { $name }
error-expand-accounts = Invalid value for 'expand_accounts': '{ $value }', allowed values are 'full' and 'partial_avatars'
error-payload-too-large = The request is too large; the most is { $max }
error-not-acceptable = This format is not offered
error-inbox-type = This type of content is not taken here
error-signature-missing = Request not signed
error-signature = The signature does not show who sent this
error-key-unreachable = The server that has the key of this signature does not answer
error-method-not-allowed = This method is not allowed here
error-not-offered = This server does not offer { $name } yet
error-too-many-ids = Too many ids
error-no-local-account = There is no local account called { $name }
error-no-account = There is no account called { $name }
error-no-emoji = There is no custom emoji called { $name }
error-emoji-taken = There is already a custom emoji called { $name }
error-emoji-limit = There can be no more than { $max } custom emojis
error-no-rule = There is no rule { $name }
error-rule-limit = There can be no more than { $max } rules
error-no-domain-rule = There is no such rule for { $domain }
error-no-setting = There is no setting called { $name }
error-conflict = Conflict during update, please try again
error-duplicate = Duplicate record
error-date-invalid = Invalid date supplied
error-record-invalid = Record invalid
error-remote-fetch = Remote data could not be fetched
error-gone = This server is closing down
error-setting-pinned = { $name } is fixed in the configuration file and cannot be changed here

## Something given is not valid

error-validation = Validation failed: { $what }
error-validation-separator = { ", " }

invalid-text-blank = Text can't be blank
invalid-text-too-long = Text character limit of { $max } exceeded
invalid-text-hashtags = Text contained disallowed hashtags: { $tags }
invalid-visibility = Visibility is not included in the list
invalid-language = Language is invalid
invalid-quote-policy = Quote approval policy is not included in the list
invalid-scheduled-at = Scheduled at The scheduled date must be in the future
invalid-scheduled-total = You have exceeded the limit of { $max } scheduled posts
invalid-scheduled-day = You have exceeded the limit of { $max } scheduled posts for today
invalid-poll-options-blank = Choices can't be blank
invalid-poll-options-few = Choices must have more than one item
invalid-poll-options-many = Choices can't contain more than { $max } items
invalid-poll-options-long = Choices cannot be longer than { $max } characters each
invalid-poll-options-duplicate = Choices contain duplicate items
invalid-poll-deadline-blank = Deadline can't be blank
invalid-poll-deadline-late = Deadline is too far into the future
invalid-poll-deadline-soon = Deadline is too soon
invalid-vote-ended = The poll has already ended
invalid-vote-choice = The chosen vote option does not exist
invalid-vote-own = You cannot vote in your own polls
invalid-vote-twice = You have already voted on this poll
invalid-username-blank = Username can't be blank
invalid-username-taken = Username has already been taken
invalid-username-format = Username must contain only letters, numbers and underscores
invalid-username-reserved = Username is reserved
invalid-username-too-long = Username is too long (maximum is { $max } characters)
invalid-email-blank = E-mail address can't be blank
invalid-email-format = E-mail address is invalid
invalid-email-taken = E-mail address has already been taken
invalid-password-blank = Password can't be blank
invalid-password-too-short = Password is too short (minimum is { $min } characters)
invalid-password-too-long = Password is too long (maximum is { $max } characters)
invalid-display-name-too-long = Display name is too long (maximum is { $max } characters)
invalid-note-too-long = Note is too long (maximum is { $max } characters)
invalid-description-too-long = Description is too long (maximum is { $max } characters)
invalid-focus = Focus is invalid
invalid-file-blank = File can't be blank
invalid-file-size = File file size must be less than { $max }
invalid-file-type = File content type is invalid
invalid-thumbnail-type = Thumbnail content type is invalid
invalid-thumbnail-size = Thumbnail file size must be less than { $max }
invalid-shortcode = Shortcode must be 2 to 128 letters, numbers and underscores
invalid-emoji-category = Category is too long (maximum is { $max } characters)
invalid-pin-ownership = Someone else's post cannot be pinned
invalid-pin-reblog = A boost cannot be pinned
invalid-pin-direct = Posts that are only visible to mentioned users cannot be pinned
invalid-pin-limit = You have already pinned the maximum number of posts
invalid-title-blank = Title can't be blank
invalid-title-too-long = Title is too long (maximum is { $max } characters)
invalid-replies-policy = Replies policy is not included in the list
invalid-list-limit = You have reached the maximum number of lists
invalid-list-account-taken = Account has already been taken
invalid-list-account-not-followed = Account follow relationship missing
invalid-endpoint-blank = Endpoint can't be blank
invalid-endpoint = Endpoint is not a valid URL
invalid-push-key = is not a valid Ed25519 or Curve25519 key
invalid-app-name-blank = Name can't be blank
invalid-app-name-too-long = Name is too long (maximum is { $max } characters)
invalid-app-website = Website must be a valid URL
invalid-app-website-too-long = Website is too long (maximum is { $max } characters)
invalid-redirect-uri-blank = Redirect URI can't be blank
invalid-redirect-uri-format = Redirect URI must be a valid URI.
invalid-redirect-uri-relative = Redirect URI must be an absolute URI.
invalid-redirect-uri-fragment = Redirect URI cannot contain a fragment.
invalid-redirect-uri-forbidden = Redirect URI is forbidden by the server.
invalid-redirect-uri-scheme = Redirect URI must specify a scheme.
invalid-redirect-uri-too-long = Redirect URI is too long (maximum is { $max } characters)
invalid-comment-too-long = Comment is too long (maximum is { $max } characters)
invalid-domain-blank = Domain can't be blank
invalid-domain = Domain is not a valid domain name
invalid-domain-own = Domain is this server's own
invalid-domain-comment = Comment is too long (maximum is { $limit } characters)
invalid-scopes = Scopes doesn't match configured on the server.

## Media

error-media-too-many = Cannot attach more than 4 files
error-media-mixed = Cannot attach a video to a post that already contains images
error-media-processing = Cannot attach files that have not finished processing. Try again in a moment!
error-media-not-found = Media { $ids } not found or already attached to another post
error-media-type = File type of uploaded media could not be verified
error-media-failed = Error processing thumbnail for uploaded media
error-media-in-use = Media attachment is currently used by a status
error-media-dimensions = { $width }x{ $height } images are not supported

## Following and the like

error-follow-self = Following your own account is not allowed
invalid-follow-limit = You cannot follow more than { $limit } people
error-in-reply-to-not-found = The post you are trying to reply to does not appear to exist.
error-unexpected-mentions = Post would be sent to unexpected accounts

## Profiles and registration

invalid-agreement = Service agreement must be accepted
invalid-reason-blank = Reason can't be blank
invalid-reason-too-long = Reason is too long (maximum is { $max } characters)
invalid-birth-blank = Date of birth can't be blank
invalid-birth-date = Date of birth is invalid
invalid-birth-young = Date of birth is below the age limit
invalid-fields-too-many = Fields is too long (maximum is { $max } characters)
invalid-fields-labels = Fields contains values with missing labels
invalid-avatar-type = Avatar content type is invalid
invalid-avatar-size = Avatar file size must be less than { $max }
invalid-header-type = Header content type is invalid
invalid-header-size = Header file size must be less than { $max }
invalid-avatar-description-too-long = Avatar description is too long (maximum is { $max } characters)
invalid-header-description-too-long = Header description is too long (maximum is { $max } characters)
invalid-attribution-domains = Attribution domains is not a valid domain name
invalid-attribution-domains-too-many = Attribution domains is too long (maximum is { $max } characters)
invalid-default-privacy = Default privacy is not included in the list
invalid-default-language = Default language is not included in the list
invalid-default-quote-policy = Default quote policy is not included in the list
detail-blank = can't be blank
detail-taken = has already been taken
detail-invalid = is invalid
detail-username-format = must contain only letters, numbers and underscores
detail-reserved = is reserved
detail-too-long = is too long (maximum is { $max } characters)
detail-too-short = is too short (minimum is { $min } characters)
detail-accepted = must be accepted
detail-below-limit = is below the age limit
detail-fields-labels = contains values with missing labels
detail-less-than = must be less than { $max }
detail-domain = is not a valid domain name
detail-inclusion = is not included in the list
error-emails-other-app = This method is only available to the application the user originally signed-up with
error-emails-confirmed = This method is only available while the e-mail is awaiting confirmation
error-registrations-need-mail = Nobody can register here yet: this server cannot send e-mail. Its operator sets up [smtp], or the setting registrations_without_mail
error-mail-off = This server cannot send e-mail: its operator sets up [smtp] in the configuration
error-mail-refused = The mail server did not take the message: { $cause }
error-not-pending = { $name } is not waiting for approval

## OAuth

oauth-invalid-request = The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.
oauth-missing-param = Missing required parameter: { $name }.
oauth-invalid-client = Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.
oauth-invalid-grant = The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.
oauth-invalid-redirect-uri = The redirect uri included is not valid.
oauth-invalid-scope = The requested scope is invalid, unknown, or malformed.
oauth-invalid-code-challenge-method = The code challenge method must be S256, plain is unsupported.
oauth-access-denied = The resource owner or authorization server denied the request.
oauth-unauthorized-client = The client is not authorized to perform this request using this method.
oauth-unauthorized-revoke = You are not authorized to revoke this token
oauth-unsupported-grant-type = The authorization grant type is not supported by the authorization server.
oauth-unsupported-response-type = The authorization server does not support this response type.
oauth-unsupported-response-mode = The authorization server does not support this response mode.
oauth-server-error = The authorization server encountered an unexpected condition which prevented it from fulfilling the request.
oauth-temporarily-unavailable = The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server.
oauth-token-expired = The access token expired

## Streaming

error-stream-unknown = Unknown stream type
error-stream-token-missing = Missing access token
error-stream-param-missing = Missing { $name } name parameter
error-stream-token-invalid = Invalid access token
error-stream-scopes = Access token does not have the required scopes
error-stream-list = Not authorized to stream this list
error-stream-unsubscribe = Error unsubscribing from channel
error-stream-too-many = Too many subscriptions on one connection
error-stream-full = There are too many streams at the moment; try again later

## Titles of pushes

push-mention = You were mentioned by { $name }
push-status = { $name } just posted
push-reblog = { $name } boosted your post
push-follow = { $name } is now following you
push-follow-request = { $name } wants to follow you
push-favourite = { $name } favorited your post
push-poll = A poll by { $name } has ended
push-update = { $name } edited a post
push-quote = { $name } quoted your post
push-quoted-update = { $name } edited a post you have quoted
push-sign-up = { $name } signed up
push-report = { $name } submitted a report
push-other = News from { $name }
