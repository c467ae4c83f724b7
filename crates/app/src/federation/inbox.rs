//! The inbox: a delivery is verified, recorded and answered; what it says is done by a job.
