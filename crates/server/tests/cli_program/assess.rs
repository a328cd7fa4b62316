//! Does `tandem assess` find the risks of a configuration, and does it help to do what it says? (R2.1)

use crate::support::{Home, Process, run, tandem};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const CLIENTS: &str = "\
[[clients]]
client_id = \"tv\"
client_name = \"<script>alert(1)</script>\"
token_endpoint_auth_method = \"none\"
scope = \"openid profile offline_access\"
grant_types = [\"urn:ietf:params:oauth:grant-type:device_code\", \"refresh_token\"]
[[clients]]
client_id = \"till\"
client_secret = \"a-secret-that-nobody-sees\"
grant_types = [\"urn:openid:params:grant-type:ciba\"]
backchannel_token_delivery_mode = \"poll\"
";

fn report(home: &Home) -> Value {
    home.run(&["assess", "--format", "json"]).expect(0).json()
}

fn flow<'a>(report: &'a Value, client: &str) -> &'a Value {
    report["flows"].as_array().unwrap().iter().find(|flow| flow["client_id"] == client).unwrap()
}

fn unmet(flow: &Value) -> Vec<&str> {
    let statements = flow["statements"].as_array().unwrap().iter();
    statements.filter(|one| one["outcome"] == "unmet").map(|one| one["id"].as_str().unwrap()).collect()
}

/// R2.1: every client and flow, its pattern, its exploits, what acts on them, what remains.
#[test]
fn every_flow_is_weighed_without_a_database_too() {
    let home = Home::with(CLIENTS);
    let ended = home.run(&["assess"]).expect(0);
    for part in [
        "Risk assessment of http://localhost:8080",
        "== till (till), ciba:",
        "device_authorization: high risk",
        "pattern: user-transferred session data (3.1.1); profile: baseline",
        "B1 a code by mail to many people: high risk (possible: L5",
        "I6 it lasts: it can be refreshed for more than a day",
        "B9 requests until somebody gives in",
        "R2.5 SHOULD: Proximity is among them where possible.",
        "add  [device_authorization.policy] establish_proximity.geolocation = \"step_up\"",
        "add  [geolocation] database = \"city.mmdb\"",
        "remains: ",
        "The greatest risk is high.",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    assert!(!ended.out.contains("a-secret-that-nobody-sees") && ended.err.is_empty());
    assert!(!home.path("data").exists(), "nothing is made");
}

/// R2.2: what is high is told to pipelines by the exit code.
#[test]
fn the_exit_code_says_whether_the_limit_is_reached() {
    let home = Home::with(CLIENTS);
    home.run(&["assess", "--fail-on", "high"]).expect(3).says(&["the greatest risk is high"]);
    home.run(&["assess", "--fail-on", "low"]).expect(3);
    home.run(&["assess", "--fail-on", "severe"]).expect(2).says(&["low", "medium", "high"]);
    let strict = Home::with(&format!("[policy]\nprofile = \"critical\"\n{CLIENTS}"));
    strict.run(&["assess", "--fail-on", "medium"]).expect(0);
    strict.run(&["assess", "--fail-on", "low"]).expect(3);
    let nobody = Home::new();
    assert!(nobody.run(&["assess", "--fail-on", "low"]).expect(0).out.contains("no client may use"));
}

#[test]
fn one_client_and_one_flow_can_be_asked_for() {
    let home = Home::with(CLIENTS);
    let one = home.run(&["assess", "--client", "till", "--format", "json"]).expect(0).json();
    assert_eq!(one["flows"].as_array().unwrap().len(), 1);
    let none =
        home.run(&["assess", "--client", "till", "--flow", "device_authorization", "--format", "json"]);
    assert_eq!(none.expect(0).json()["flows"], serde_json::json!([]));
    home.run(&["assess", "--client", "nobody"]).expect(1).says(&["no client nobody"]);
    home.run(&["assess", "--flow", "pigeon"]).expect(2).says(&["ciba"]);
}

#[test]
fn the_page_needs_no_other_file_and_runs_nothing() {
    let home = Home::with(CLIENTS);
    let page = home.run(&["assess", "--format", "html"]).expect(0).out;
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for foreign in ["<script", "<link", "<img", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
    for part in ["establish proximity", "class=\"acts", "class=\"part", "class=\"off", "B1j", "R2.5"] {
        assert!(page.contains(part), "{part}");
    }
    let text = home.run(&["assess", "--format", "markdown"]).expect(0).out;
    assert!(
        text.starts_with("# Risk assessment of") && text.contains("| B8 a live relay | **high** |"),
        "{text}"
    );
    assert!(!text.contains("<script>"));
}

/// The configuration with these lines of the assessment in it.
fn with_lines(flow: &Value) -> String {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for statement in flow["statements"].as_array().unwrap() {
        for setting in statement["settings"].as_array().unwrap() {
            let (table, line) =
                setting.as_str().unwrap().strip_prefix('[').unwrap().split_once("] ").unwrap();
            // Where two statements say different things, the stricter was said first.
            let key = line.split(" = ").next().unwrap();
            let lines = tables.entry(table.to_owned()).or_default();
            if !lines.iter().any(|known| known.starts_with(&format!("{key} = "))) {
                lines.push(line.to_owned());
            }
        }
    }
    tables.into_iter().fold(String::new(), |mut text, (table, lines)| {
        writeln!(text, "[{table}]\n{}", lines.join("\n")).unwrap();
        text
    })
}

/// R2.4, R2.5: a configuration with the settings that were told is accepted, and meets what it did not.
#[test]
fn what_it_says_can_be_pasted_and_helps() {
    let home = Home::with(CLIENTS);
    let before = report(&home);
    for client in ["tv", "till"] {
        assert!(unmet(flow(&before, client)).contains(&"R2.5"), "{client}");
        let better = Home::with(&format!("{}{CLIENTS}", with_lines(flow(&before, client))));
        better.run(&["config", "check"]).expect(0);
        let after = report(&better);
        assert_eq!(unmet(flow(&after, client)), Vec::<&str>::new(), "{client}");
        let severity = flow(&after, client)["severity"].as_str().unwrap();
        assert_ne!(severity, "high", "{client}");
    }
}

#[test]
fn a_running_demo_is_assessed_by_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = tandem(&["demo", "--listen", "127.0.0.1:0", "--data-dir"]);
    let mut demo = Process::start(command.arg(folder.path()));
    demo.wait_for_output("Start here");
    let report =
        run(tandem(&["assess", "--format", "json", "--data-dir"]).arg(folder.path())).expect(0).json();
    let flows = report["flows"].as_array().unwrap();
    let clients: Vec<_> = flows.iter().map(|flow| flow["client_id"].as_str().unwrap()).collect();
    assert_eq!(clients, ["call-center", "kiosk", "shop", "tv"]);
    assert_eq!(flow(&report, "shop")["impact"], "high", "it asks for payments");
    demo.signal("TERM");
    assert_eq!(demo.wait(), Some(0));
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    run(tandem(&["assess", "--data-dir"]).arg(folder.path()))
        .expect(2)
        .says(&["not the folder of a demo", "-c"]);
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    run(tandem(&["assess", "--data-dir"]).arg(&file)).expect(1).says(&["cannot read"]);
    let home = Home::new();
    run(home.command(&["assess", "--data-dir"]).arg(folder.path())).expect(2).says(&["--data-dir"]);
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    std::fs::write(home.path("data/tandem.sqlite3"), "this is no database, and was one once").unwrap();
    home.run(&["assess"]).expect(1).says(&["tandem.sqlite3"]);
    Home::with("[policy]\nuser_experience.verification = \"phishing_resistant\"\n")
        .run(&["assess"])
        .expect(2)
        .says(&["user_experience.verification"]);
    run(&mut tandem(&["assess"])).expect(2).says(&["-c tandem.toml"]);
}
