//! What does the operator say about a client that asks people on their phones, or uses mutual TLS?

use super::Failure;
use super::registration::{usage, word};
use crate::config::{
    self, ClientProfile, DeliveryMode, GrantType, NumberMatching, QuietHours, SigningAlgorithm, UserHints,
};
use clap::Args;
use std::net::IpAddr;

/// The members of a registration for CIBA (Core section 4) and RFC 8705, under their names.
#[derive(Debug, Args)]
pub struct BackchannelRegistration {
    /// It asks people on their own phones (CIBA), and learns of their answer by poll, ping or push
    #[arg(long, visible_alias = "delivery-mode", value_name = "MODE", value_parser = word::<DeliveryMode>)]
    backchannel_token_delivery_mode: Option<DeliveryMode>,
    /// Where it learns so, in the modes ping and push
    #[arg(long, visible_alias = "notification-endpoint", value_name = "URL")]
    backchannel_client_notification_endpoint: Option<url::Url>,
    /// How its backchannel requests are signed; needs --jwks-file or --jwks-uri
    #[arg(long, visible_alias = "request-signing-alg", value_name = "ALG", value_parser = word::<SigningAlgorithm>)]
    backchannel_authentication_request_signing_alg: Option<SigningAlgorithm>,
    /// It asks people for their user code
    #[arg(long, visible_alias = "user-code")]
    backchannel_user_code_parameter: bool,
    /// Which types of authorization details it may use, separated by commas
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    authorization_details_types: Vec<String>,
    /// For tls_client_auth: the subject of its certificate (RFC 4514)
    #[arg(long, value_name = "DN")]
    tls_client_auth_subject_dn: Option<String>,
    /// For tls_client_auth: a DNS name in its certificate
    #[arg(long, value_name = "NAME")]
    tls_client_auth_san_dns: Option<String>,
    /// For tls_client_auth: a URI in its certificate
    #[arg(long, value_name = "URI")]
    tls_client_auth_san_uri: Option<String>,
    /// For tls_client_auth: an IP address in its certificate
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_ip: Option<IpAddr>,
    /// For tls_client_auth: a mail address in its certificate
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_email: Option<String>,
    /// It gets tokens only over mutual TLS, bound to its certificate
    #[arg(long)]
    tls_client_certificate_bound_access_tokens: bool,
    /// The profile that it keeps to: fapi_ciba
    #[arg(long, value_name = "PROFILE", value_parser = word::<ClientProfile>)]
    profile: Option<ClientProfile>,
    /// How long its polls may wait for an answer
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u8).range(0..=30), default_value_t = 0)]
    long_polling: u8,
    /// Whether it may learn which people exist: reveal or conceal
    #[arg(long, value_name = "WORD", value_parser = word::<UserHints>)]
    user_hints: Option<UserHints>,
    /// People must give the number that its device shows: pick or type
    #[arg(long, value_name = "WORD", value_parser = word::<NumberMatching>)]
    number_matching: Option<NumberMatching>,
    /// When it may not ask anybody: from, until and time zone, such as 22:00,07:00,Asia/Tokyo
    #[arg(long, value_name = "HOURS")]
    quiet_hours: Option<String>,
}

impl BackchannelRegistration {
    /// Puts the members into the table. A client with a delivery mode gets the grant that goes with it.
    pub fn put_into(self, client: &mut config::Client) -> Result<(), Failure> {
        if self.backchannel_token_delivery_mode.is_some() && !client.grant_types.contains(&GrantType::Ciba) {
            client.grant_types.push(GrantType::Ciba);
        }
        client.backchannel_token_delivery_mode = self.backchannel_token_delivery_mode;
        client.backchannel_client_notification_endpoint = self.backchannel_client_notification_endpoint;
        client.backchannel_authentication_request_signing_alg =
            self.backchannel_authentication_request_signing_alg;
        client.backchannel_user_code_parameter = self.backchannel_user_code_parameter;
        client.authorization_details_types = self.authorization_details_types;
        client.tls_client_auth_subject_dn = self.tls_client_auth_subject_dn;
        client.tls_client_auth_san_dns = self.tls_client_auth_san_dns;
        client.tls_client_auth_san_uri = self.tls_client_auth_san_uri;
        client.tls_client_auth_san_ip = self.tls_client_auth_san_ip;
        client.tls_client_auth_san_email = self.tls_client_auth_san_email;
        client.tls_client_certificate_bound_access_tokens = self.tls_client_certificate_bound_access_tokens;
        client.tandem_profile = self.profile;
        client.tandem_long_polling = self.long_polling;
        client.tandem_user_hints = self.user_hints.unwrap_or_default();
        client.tandem_number_matching = self.number_matching;
        client.tandem_quiet_hours = self.quiet_hours.as_deref().map(quiet_hours).transpose()?;
        Ok(())
    }
}

fn quiet_hours(text: &str) -> Result<QuietHours, Failure> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let [from, until, zone] = parts.as_slice() else {
        return Err(usage("--quiet-hours", &"give three parts, such as 22:00,07:00,Asia/Tokyo"));
    };
    crate::quiet_hours::read(from, until, zone).map_err(|error| usage("--quiet-hours", &error))?;
    let owned = |text: &str| text.to_owned();
    Ok(QuietHours { from: owned(from), until: owned(until), zone: owned(zone) })
}
