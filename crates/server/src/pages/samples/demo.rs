//! What do the demo's screens look like?

use super::super::views::{DemoCallCenter, DemoHome, DemoItem, DemoPerson, DemoShop, DemoTv};
use super::{PagesError, Visit};

/// One sample of each screen.
pub(super) fn demo(visit: Visit<'_>) -> Result<(), PagesError> {
    let person =
        |name: &str| DemoPerson { username: name.to_owned(), password: format!("{name}-demo-password") };
    let home = DemoHome {
        people: vec![person("alice"), person("bob")],
        operator: person("olga"),
        phone_commands: vec!["tandem-device phone watch".to_owned()],
        client_command: "tandem-device ciba --issuer http://localhost:8080 --client call-center".to_owned(),
    };
    visit("demo", &home)?;
    visit(
        "demo-tv",
        &DemoTv {
            client_id: "tv".to_owned(),
            scope: "openid profile email offline_access".to_owned(),
            asks_for_binding: true,
        },
    )?;
    let callers = ["alice", "bob"].map(str::to_owned).to_vec();
    visit("demo-call-center", &DemoCallCenter { callers, stranger: "carol".to_owned() })?;
    let item = |key: &str, price: &str| DemoItem { key: key.to_owned(), price: price.to_owned() };
    let shop = DemoShop {
        shop: "Harbour Bakery".to_owned(),
        items: vec![item("loaf", "9.80\u{a0}€"), item("buns", "12.40\u{a0}€")],
        total: "22.20\u{a0}€".to_owned(),
    };
    visit("demo-shop", &shop)
}
