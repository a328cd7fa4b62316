//! Where does the demo listen, and what does it call itself?

use crate::command::Failure;
use crate::config::Issuer;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

const PORT: u16 = 8080;
/// An address that is nobody's (RFC 5737). Nothing is sent to it: the route to it tells which interface leads out.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
/// How often another free port is looked for if one is free in only one family.
const TRIES: usize = 20;

/// Who can reach the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine.
    Local,
    /// Everything on the network.
    Network,
}

/// A place to listen. As long as it lives, nobody else can have its ports.
#[derive(Debug)]
pub struct Place {
    /// Where.
    pub address: SocketAddr,
    /// The loopback address of the other family, where there is one: browsers look for `localhost` at either. Or, if the
    /// demo is exposed at one address, a loopback address: clients without TLS are called back on this machine only.
    pub second: Option<SocketAddr>,
    /// What the server calls itself.
    pub issuer: Issuer,
    /// Who can reach it.
    pub reach: Reach,
    /// The sockets that hold the ports.
    _held: Vec<TcpListener>,
}

impl Place {
    /// Takes the place that was asked for.
    pub fn take(listen: Option<SocketAddr>, reach: Reach) -> Result<Self, Failure> {
        match reach {
            Reach::Local => Self::local(listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into())),
            Reach::Network => Self::network(listen),
        }
    }

    fn local(listen: SocketAddr) -> Result<Self, Failure> {
        if !listen.ip().is_loopback() {
            return Err(Failure::Usage(format!(
                "{listen} can be reached from elsewhere, and the passwords of the demo are public: add --expose if that is \
                 what you want"
            )));
        }
        let mut tries = TRIES;
        let (first, second) = loop {
            let first = bind(listen)?;
            let port = local_address(&first)?.port();
            let other = twin(listen.ip()).map(|ip| SocketAddr::new(ip, port));
            match other.map(TcpListener::bind) {
                Some(Err(error)) if error.kind() == ErrorKind::AddrInUse => {
                    tries -= 1;
                    if listen.port() != 0 || tries == 0 {
                        return Err(taken(other.unwrap_or(listen)));
                    }
                }
                Some(Ok(second)) => break (first, Some(second)),
                // A machine without the other family has one address for localhost.
                Some(Err(_)) | None => break (first, None),
            }
        };
        let address = local_address(&first)?;
        let host = if twin(listen.ip()).is_some() { "localhost".to_owned() } else { in_url(listen.ip()) };
        Ok(Self {
            address,
            second: second.as_ref().map(local_address).transpose()?,
            issuer: issuer(&host, address.port())?,
            reach: Reach::Local,
            _held: std::iter::once(first).chain(second).collect(),
        })
    }

    fn network(listen: Option<SocketAddr>) -> Result<Self, Failure> {
        let listen = match listen {
            Some(listen) if listen.ip().is_loopback() => {
                let text = format!("--expose with {listen}: nobody else can reach a loopback address");
                return Err(Failure::Usage(text));
            }
            Some(listen) => listen,
            None => SocketAddr::new(own_address()?, PORT),
        };
        let host = if listen.ip().is_unspecified() { own_address()? } else { listen.ip() };
        let socket = bind(listen)?;
        let address = local_address(&socket)?;
        let own = (!listen.ip().is_unspecified()).then(|| bind((Ipv4Addr::LOCALHOST, address.port()).into()));
        let own = own.transpose()?;
        Ok(Self {
            address,
            second: own.as_ref().map(local_address).transpose()?,
            issuer: issuer(&in_url(host), address.port())?,
            reach: Reach::Network,
            _held: std::iter::once(socket).chain(own).collect(),
        })
    }

    /// How the demo is called from this machine: by the issuer's name, unless that is an address on the network.
    pub fn on_this_machine(&self) -> String {
        match self.reach {
            Reach::Local => self.issuer.as_str().to_owned(),
            Reach::Network => format!("http://localhost:{}", self.address.port()),
        }
    }

    /// The addresses that the demo calls itself at.
    pub fn own_addresses(&self) -> Vec<String> {
        let host = self.issuer.host().trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let network = host.filter(|host| !host.is_loopback()).map(|host| host.to_string());
        ["127.0.0.0/8".to_owned(), "::1".to_owned()].into_iter().chain(network).collect()
    }
}

fn issuer(host: &str, port: u16) -> Result<Issuer, Failure> {
    Issuer::parse_for_demo(&format!("http://{host}:{port}")).map_err(Failure::of)
}

fn in_url(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// `localhost` in the other family; none for other loopback addresses, which that name does not lead to.
fn twin(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => Some(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(Ipv4Addr::LOCALHOST.into()),
        _ => None,
    }
}

/// The address of this machine on the way out.
fn own_address() -> Result<IpAddr, Failure> {
    let found = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    });
    match found {
        Ok(address) if !address.ip().is_unspecified() && !address.ip().is_loopback() => Ok(address.ip()),
        _ => Err(Failure::Failed(
            "this machine's address on the network cannot be found: name it, as in --listen 192.168.1.20:8080".to_owned(),
        )),
    }
}

fn local_address(socket: &TcpListener) -> Result<SocketAddr, Failure> {
    socket.local_addr().map_err(Failure::of)
}

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => taken(address),
        ErrorKind::AddrNotAvailable => Failure::Failed(format!(
            "cannot listen on {address}: no interface of this machine has this address"
        )),
        _ => Failure::Failed(format!("cannot listen on {address}: {error}")),
    })
}

fn taken(address: SocketAddr) -> Failure {
    let other = SocketAddr::new(address.ip(), 0);
    Failure::Failed(format!(
        "port {} is in use by another program, perhaps another demo: end that, or take a free port with --listen {other}",
        address.port(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> Result<Place, Failure> {
        Place::take(Some(text.parse().unwrap()), Reach::Local)
    }

    #[test]
    fn a_free_port_is_taken_and_stands_in_the_issuer() {
        let place = local("127.0.0.1:0").unwrap();
        assert_ne!(place.address.port(), 0);
        assert_eq!(place.issuer.as_str(), format!("http://localhost:{}", place.address.port()));
        if let Some(second) = place.second {
            assert_eq!(second, SocketAddr::new(Ipv6Addr::LOCALHOST.into(), place.address.port()));
        }
    }

    #[test]
    fn addresses_that_others_reach_are_refused_without_being_bound() {
        for text in ["0.0.0.0:0", "[::]:0", "192.168.1.20:8080", "[2001:db8::1]:8080"] {
            let error = local(text).unwrap_err();
            assert!(matches!(&error, Failure::Usage(text) if text.contains("--expose")), "{text}: {error}");
        }
    }

    #[test]
    fn a_loopback_address_cannot_be_exposed() {
        let listen = Some("127.0.0.1:0".parse().unwrap());
        assert!(matches!(Place::take(listen, Reach::Network), Err(Failure::Usage(_))));
    }

    #[test]
    fn a_port_that_is_taken_is_said_to_be() {
        let place = local("127.0.0.1:0").unwrap();
        let error = local(&place.address.to_string()).unwrap_err().to_string();
        assert!(error.contains(&place.address.port().to_string()) && error.contains("in use"), "{error}");
    }

    #[test]
    fn a_loopback_address_that_is_not_localhost_is_called_by_its_number() {
        let Ok(place) = local("127.0.0.9:0") else {
            // Some systems have one loopback address only.
            assert!(TcpListener::bind("127.0.0.9:0").is_err());
            return;
        };
        assert_eq!(place.issuer.as_str(), format!("http://127.0.0.9:{}", place.address.port()));
        assert_eq!(place.second, None);
    }
}
