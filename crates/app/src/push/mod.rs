//! Web Push: telling a client of its person's notifications while it is not running. A client leaves an
//! address and a public key ([`subscribe`]); what is pushed there only it can read ([`seal`]), and
//! that it comes from us it can tell by our signature ([`vapid`]). The job `PushNotification` sends.

pub mod seal;
pub mod subscribe;
pub mod unsubscribe;
pub mod vapid;
