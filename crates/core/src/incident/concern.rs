//! Which requests does a target have in it?

use super::Target;
use crate::crossing::Crossing;

impl Target {
    /// Whether containment of this ends this request, if it is open.
    pub fn concerns(&self, crossing: &Crossing) -> bool {
        match self {
            Self::Crossing(id) => *id == crossing.id(),
            Self::Client(client_id) => crossing.client_id() == client_id,
            Self::Device(device) => {
                let instance = crossing.request().and_then(|request| request.instance());
                instance.is_some_and(|id| *id == **device)
            }
            Self::Person(sub) => {
                let asked = crossing.request().and_then(|request| request.addressee()) == Some(sub);
                asked
                    || match crossing {
                        Crossing::Pending(pending) => {
                            pending.presenter.as_ref().is_some_and(|presenter| presenter.sub == *sub)
                        }
                        Crossing::Approved(approved) => approved.approval.authentication.sub == *sub,
                        Crossing::Denied(_) | Crossing::Redeemed(_) => false,
                    }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossing::{
        Addressee, Approval, Backchannel, Context, CrossingId, DeliveryMode, Event, Hint, Presenter, Request,
        Room, Sound, Verification,
    };
    use crate::mitigations::Findings;
    use crate::oauth::device_description::{DeviceDescription, DeviceKind};
    use crate::oauth::scope::Scope;
    use crate::oauth::token_family::{Authentication, AuthenticationMethod};
    use crate::time::Timestamp;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    const ID: CrossingId = CrossingId::from_bytes([1; 16]);
    const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const NOW: Timestamp = Timestamp::from_secs(1_000);

    /// A request of `tv` by the device `lobby`; sent to somebody, if an addressee is named.
    fn begun(addressee: Option<&str>) -> Crossing {
        let backchannel = addressee.map(|sub| Backchannel {
            addressee: Addressee::Person(sub.into()),
            hint: Hint::LoginHint,
            delivery: DeliveryMode::Poll,
            binding_message: None,
            authorization_details: None,
            request_context: None,
            acr_values: Vec::new(),
            resource: Vec::new(),
            sound: Sound::Heard,
            notification: None,
        });
        let request = Request {
            room: if addressee.is_some() { Room::Ciba } else { Room::DeviceAuthorization },
            client_id: "tv".into(),
            scope: Scope::parse("openid").unwrap(),
            nonce: None,
            dpop_jkt: None,
            device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: ADDRESS },
            user_code: None,
            backchannel: backchannel.map(Box::new),
            verification: Verification::Session,
            context: Context { instance: Some("lobby".into()), ..Context::default() }.boxed(),
            interval: 5,
            open_for: 0,
            findings: Findings::default(),
            initiated_at: NOW,
            expires_at: Timestamp::from_secs(1_600),
        };
        Crossing::replay(None, ID, Event::Initiated(request)).unwrap()
    }

    fn and_then(crossing: Crossing, event: Event) -> Crossing {
        Crossing::replay(Some(crossing), ID, event).unwrap()
    }

    fn opened_by(sub: &str) -> Crossing {
        and_then(begun(None), Event::Presented(Presenter::new(sub.into(), ADDRESS, NOW)))
    }

    fn allowed_by(sub: &str) -> Crossing {
        let by = Authentication { sub: sub.into(), auth_time: NOW, method: AuthenticationMethod::Password };
        let approval = Approval::new(by, Scope::parse("openid").unwrap(), ADDRESS, NOW);
        and_then(opened_by("ada"), Event::Approved(Arc::new(approval)))
    }

    #[test]
    fn a_request_is_found_by_its_name_its_client_and_its_device() {
        for open in [begun(None), begun(Some("ada")), opened_by("ada"), allowed_by("ada")] {
            for (target, other) in [
                (Target::Crossing(ID), Target::Crossing(CrossingId::from_bytes([2; 16]))),
                (Target::Client("tv".into()), Target::Client("lobby".into())),
                (Target::Device("lobby".into()), Target::Device("tv".into())),
            ] {
                assert!(target.concerns(&open) && !other.concerns(&open), "{target:?} {open:?}");
            }
        }
    }

    #[test]
    fn a_person_has_what_was_sent_to_them_and_what_they_opened_or_allowed() {
        let (ada, bob) = (Target::Person("ada".into()), Target::Person("bob".into()));
        for of_ada in [begun(Some("ada")), opened_by("ada"), allowed_by("ada")] {
            assert!(ada.concerns(&of_ada) && !bob.concerns(&of_ada), "{of_ada:?}");
        }
        assert!(!ada.concerns(&begun(None)), "nobody opened it yet");
        // Who said yes counts, not who only looked.
        let yes_of_bob = allowed_by("bob");
        assert!(bob.concerns(&yes_of_bob) && !ada.concerns(&yes_of_bob));
    }

    #[test]
    fn what_was_collected_is_no_persons_or_devices_open_request() {
        let collected = and_then(allowed_by("ada"), Event::Redeemed(NOW));
        for target in [Target::Person("ada".into()), Target::Device("lobby".into())] {
            assert!(!target.concerns(&collected), "{target:?}");
        }
    }
}
