//! Who gets an activity: the inboxes of those it concerns.
