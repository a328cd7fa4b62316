//! How does somebody pay at a till with nothing but their phone? The second of the demo's clients that ask a person
//! directly: it says exactly what is to be paid, shows a number to pick, and is told when there is an answer (ping).

use super::asking::{self, Hears, collect, draw_code, draw_secret};
use super::backchannel::BackchannelClient;
use super::pages::show;
use super::requests::{Ending, NoPing, Pending, Requests};
use super::seed;
use crate::app::App;
use crate::edge::body::read_body;
use crate::pages::views::{DemoItem, DemoShop};
use crate::people::browser::Browser;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

const CLIENT: BackchannelClient = BackchannelClient { id: seed::SHOP, secret: seed::SHOP_SECRET };
/// What is on the counter: the names stand in the messages.
const ITEMS: [(&str, &str); 4] =
    [("loaf", "9.80\u{a0}€"), ("buns", "12.40\u{a0}€"), ("tart", "7.30\u{a0}€"), ("coffee", "5.00\u{a0}€")];
const TOTAL: &str = "34.50\u{a0}€";
/// No letters that look or sound like others.
const ALPHABET: &[u8] = b"CDFGHJKMNPRTVWXY3479";
const LONGEST_PING: usize = 4 * 1024;

/// An entry of `authorization_details` of the type that the demo's configuration has words for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Payment {
    #[serde(rename = "type")]
    kind: String,
    amount: String,
    payee: String,
}

/// What is used of the token response.
#[derive(Deserialize)]
struct Tokens {
    authorization_details: Vec<Payment>,
}

/// The body of a ping (CIBA Core section 10.2).
#[derive(Deserialize)]
struct Ping {
    auth_req_id: String,
}

type Till = Requests<Payment>;

/// The pages of the till.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/demo/shop", get(page))
        .route("/demo/shop/pay", post(pay))
        .route("/demo/shop/status", get(status))
        .route("/demo/shop/pin", post(asking::pin::<Payment>))
        .route(seed::SHOP_NOTIFICATION_PATH, post(notify))
        .layer(Extension(Arc::new(Till::new())))
}

async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    let items = ITEMS.map(|(key, price)| DemoItem { key: key.to_owned(), price: price.to_owned() });
    let page = DemoShop { shop: seed::SHOP_NAME.to_owned(), items: items.to_vec(), total: TOTAL.to_owned() };
    show(&app, request, &page, "/demo/shop").await
}

/// `POST /demo/shop/pay`: the cashier sends the sum to the customer's phone.
async fn pay(
    State(app): State<Arc<App>>,
    Extension(till): Extension<Arc<Till>>,
    request: Request,
) -> Response {
    let locale = Browser::anonymous(&app, request.headers()).locale();
    let form = match asking::form_of_own_page(&app, request).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let name = app.pages.words(locale, "till-name");
    let message = format!("{name}, {}", draw_code::<4>(&app, ALPHABET));
    let token = draw_secret(&app);
    let details = json!([order()]).to_string();
    let parameters = [
        ("scope", seed::SHOP_SCOPE),
        ("login_hint", asking::person(&form, "customer").unwrap_or_default()),
        ("client_notification_token", &token),
        ("binding_message", &message),
        ("authorization_details", &details),
        ("tandem_device_name", &name),
        ("tandem_device_type", "kiosk"),
    ];
    asking::ask(&app, CLIENT, &till, &parameters, &message, Hears::ByPing { token: &token }).await
}

fn order() -> Payment {
    Payment { kind: seed::PAYMENT.to_owned(), amount: TOTAL.to_owned(), payee: seed::SHOP_NAME.to_owned() }
}

/// `POST /demo/shop/notify`: the server says that there is something to collect. (CIBA Core section 10.2)
async fn notify(
    State(app): State<Arc<App>>,
    Extension(till): Extension<Arc<Till>>,
    request: Request,
) -> StatusCode {
    let (parts, body) = request.into_parts();
    let Some(token) = bearer(&parts.headers) else { return StatusCode::UNAUTHORIZED };
    let Ok(body) = read_body(body, LONGEST_PING).await else { return StatusCode::BAD_REQUEST };
    let Ok(ping) = serde_json::from_slice::<Ping>(&body) else { return StatusCode::BAD_REQUEST };
    match till.take_pinged(&ping.auth_req_id, token) {
        Err(NoPing) => StatusCode::UNAUTHORIZED,
        Ok(None) => StatusCode::NO_CONTENT,
        Ok(Some(pending)) => {
            tokio::spawn(settle(app, till, pending));
            StatusCode::NO_CONTENT
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let value = all.next().filter(|_| all.next().is_none())?;
    value.to_str().ok()?.strip_prefix("Bearer ")
}

/// `GET /demo/shop/status`: what became of a payment.
async fn status(
    State(app): State<Arc<App>>,
    Extension(till): Extension<Arc<Till>>,
    request: Request,
) -> Response {
    asking::status(app, till, request, "receipt", settle).await
}

/// The receipt says what the server says was consented to, and there is none for anything else.
async fn settle(app: Arc<App>, till: Arc<Till>, pending: Pending) {
    let Some((id, tokens)) = collect::<Tokens, _>(&app, CLIENT, &till, pending).await else { return };
    let mut consented = tokens.authorization_details.into_iter();
    let ending = match (consented.next(), consented.next()) {
        (Some(payment), None) if payment == order() => Ending::Granted(payment),
        _ => Ending::Trouble,
    };
    till.end(&id, ending);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bill_adds_up() {
        let cents =
            |price: &str| price.strip_suffix("\u{a0}€").unwrap().replace('.', "").parse::<u32>().unwrap();
        assert_eq!(ITEMS.map(|(_, price)| cents(price)).iter().sum::<u32>(), cents(TOTAL));
    }

    #[test]
    fn an_order_names_its_type_sum_and_payee() {
        let order = serde_json::to_value(order()).unwrap();
        let wanted = json!({ "type": "payment", "amount": "34.50\u{a0}€", "payee": "Harbour Bakery" });
        assert_eq!(order, wanted);
        let other = json!({ "type": "transfer", "amount": "34.50\u{a0}€", "payee": "Harbour Bakery" });
        assert_ne!(
            serde_json::from_value::<Payment>(other).unwrap(),
            super::order(),
            "another type is no payment"
        );
    }

    #[test]
    fn only_one_bearer_token_is_one() {
        let headers = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            headers
        };
        assert_eq!(bearer(&headers(&["Bearer abc"])), Some("abc"));
        for wrong in [&[][..], &["Basic abc"], &["abc"], &["Bearer a", "Bearer b"]] {
            assert_eq!(bearer(&headers(wrong)), None, "{wrong:?}");
        }
    }
}
