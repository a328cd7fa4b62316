//! Does every exploit succeed with its mitigations off, and end with each of them on?

// Elsewhere than on Linux 127.0.0.1 is the only loopback address, and everybody would come from one network.
#![cfg(target_os = "linux")]

use std::path::Path;
use tandem_lab::matrix::Matrix;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/attacks.md");

/// R4.1 to R4.9, R2.4: the exploits of section 4.3 against the mitigations of section 6.1, each alone.
#[test]
fn every_play_ends_as_it_must_and_the_page_says_so() {
    let matrix = Matrix::measure(Path::new(env!("CARGO_BIN_EXE_tandem-lab-server")), None).unwrap();
    let page = matrix.rendered();
    if std::env::var_os("UPDATE_ATTACKS").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let failures = matrix.failures();
    assert!(failures.is_empty(), "{} do not end as they must:\n{}", failures.len(), failures.join("\n"));
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(written == page, "docs/attacks.md is stale: run UPDATE_ATTACKS=1 cargo test -p tandem-lab");
}
