//! What does the terminal say when the demo runs? Everything that a newcomer needs, and nothing else.

use super::address::Reach;
use super::qr::{self, Ink};
use super::seed;
use crate::command::output::{say, tell};
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// What there is to say.
#[derive(Debug)]
pub struct Welcome {
    /// What the server calls itself.
    pub issuer: String,
    /// Who can reach it.
    pub reach: Reach,
    /// Where its data stay, if they do.
    pub kept: Option<PathBuf>,
}

impl Welcome {
    /// Says it.
    pub fn show(&self) {
        let colours =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        say(&self.text(if colours { Ink::Colours } else { Ink::Plain }));
        if self.reach == Reach::Network {
            tell(
                "warning: everyone on this network can sign in with these passwords, and read along: there is no TLS. \
                 Passkeys and secure cookies need https, so they do not work here.",
            );
        }
    }

    fn text(&self, ink: Ink) -> String {
        let issuer = &self.issuer;
        let mut text = format!(
            "\n  Tandem demo\n\n  \
             Start here  {issuer}/demo\n  \
             TV          {issuer}/demo/tv\n  \
             Call centre {issuer}/demo/call-center\n  \
             Till        {issuer}/demo/shop\n  \
             Phone       {issuer}/device\n  \
             Requests    {issuer}/inbox\n  \
             Account     {issuer}/account\n  \
             Incidents   {issuer}/operator/incidents\n\n"
        );
        for (person, label) in seed::PEOPLE.iter().zip(["People", ""]) {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(text, "  {label:10}  {:11}  {}", person.username, person.password);
        }
        let operator = seed::OPERATOR;
        let _ = writeln!(text, "  {:10}  {:11}  {}", "Operator", operator.username, operator.password);
        let _ = writeln!(text, "  {:10}  {:11}  public", "Clients", seed::TV);
        let secrets = [
            (seed::KIOSK, seed::KIOSK_SECRET, "may introspect"),
            (seed::CALL_CENTER, seed::CALL_CENTER_SECRET, "CIBA, poll"),
            (seed::SHOP, seed::SHOP_SECRET, "CIBA, ping"),
            (seed::TOOLS, seed::TOOLS_SECRET, "service tokens"),
        ];
        for (client, secret, what) in secrets {
            let _ = writeln!(text, "  {:10}  {client:11}  {secret}  ({what})", "");
        }
        text.push('\n');
        for line in qr::lines(&format!("{issuer}/device"), ink) {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str(match self.reach {
            Reach::Network => {
                "  Scan it with a phone on this network, and type the code that the TV shows.\n\n"
            }
            Reach::Local => {
                "  The phone page. Only this machine gets there: --expose lets a real phone scan it.\n\n"
            }
        });
        let insecure = match self.reach {
            Reach::Network => " --insecure",
            Reach::Local => "",
        };
        let _ = write!(
            text,
            "  From a terminal\n    \
             tandem-device login --issuer {issuer} --client {tv} --scope \"openid profile\"{insecure}\n    \
             curl {issuer}/device_authorization -d client_id={tv} -d \"scope=openid profile\"\n    \
             TANDEM_DEVICE_CLIENT_SECRET={secret} \\\n      \
             tandem-device ciba --issuer {issuer} --client {call_center} --login-hint alice{insecure}\n\n",
            tv = seed::TV,
            secret = seed::CALL_CENTER_SECRET,
            call_center = seed::CALL_CENTER,
        );
        let _ = match &self.kept {
            Some(folder) => write!(text, "  Ctrl-C ends it. What happened stays in {}.", folder.display()),
            None => write!(text, "  Ctrl-C ends it, and nothing is left behind."),
        };
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_the_addresses_the_people_and_the_clients_within_a_screen() {
        let welcome = Welcome { issuer: "http://localhost:8080".to_owned(), reach: Reach::Local, kept: None };
        let text = welcome.text(Ink::Plain);
        for part in [
            "http://localhost:8080/demo\n",
            "http://localhost:8080/demo/tv\n",
            "http://localhost:8080/device\n",
            "http://localhost:8080/demo/call-center\n",
            "http://localhost:8080/demo/shop\n",
            "http://localhost:8080/inbox\n",
            "alice        alice-demo-password",
            "bob          bob-demo-password",
            "kiosk-demo-secret",
            "call-center  call-center-demo-secret",
            "shop         shop-demo-secret-please",
            "olga         olga-demo-password",
            "operator-tools  operator-tools-demo-secret",
            "http://localhost:8080/operator/incidents\n",
            "tandem-device login --issuer http://localhost:8080 --client tv",
            "\u{2588}\u{2588}\u{2588}",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(text.lines().count() <= 48 && text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(!text.contains("--insecure"));
    }

    #[test]
    fn an_exposed_demo_says_how_to_reach_it_and_where_its_data_are() {
        let welcome = Welcome {
            issuer: "http://192.168.1.20:8080".to_owned(),
            reach: Reach::Network,
            kept: Some("/srv/demo".into()),
        };
        let text = welcome.text(Ink::Plain);
        assert!(text.contains("http://192.168.1.20:8080/device") && !text.contains("localhost"));
        assert!(text.contains("--insecure") && text.contains("/srv/demo"));
    }
}
