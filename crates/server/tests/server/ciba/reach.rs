//! Who can be asked where the operator wants a device to be notified (`ciba.reach`)?

use crate::support::TestServer;
use crate::support::ciba::{auth_req_id, with_till};
use tandem_core::digest::Digest;
use tandem_core::web_push::Subscription;
use tandem_server::config::Reach;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_store::{AuthorizationDevice, DeviceChannel};

/// A browser of alice, as her push service left it.
async fn browser(server: &TestServer, detail: &Detail) {
    let device = AuthorizationDevice {
        id: Digest::of(b"https://push.example/x"),
        sub: server.sub("alice").await,
        kind: DeviceChannel::WebPush,
        name: "Firefox".to_owned(),
        detail: device_detail::seal(&server.app.keys, detail).unwrap(),
        created_at: server.now(),
        last_used_at: None,
    };
    assert!(server.app.store.put_authorization_device(device).await.unwrap());
}

#[tokio::test]
async fn a_browser_that_is_gone_is_no_device_that_a_request_gets_to() {
    let server = TestServer::with(|config| {
        with_till(config);
        config.ciba.reach = Reach::Device;
    })
    .await;
    let form = [("scope", "openid"), ("login_hint", "alice")];
    server.ask_as("till", &form).await.is_error(400, "unknown_user_id");
    browser(&server, &Detail::WebPushGone).await;
    server.ask_as("till", &form).await.is_error(400, "unknown_user_id");
    // The keys of RFC 8291 section 5.
    let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    let subscription =
        Subscription::parse("https://push.example/x", p256dh, "BTBZMqHH6r4Tts7J_aSIgg").unwrap();
    browser(&server, &Detail::WebPush(subscription)).await;
    auth_req_id(&server.ask_as("till", &form).await);
}
