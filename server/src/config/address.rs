//! Where something listens, and which peers are believed.
//!
//! No name is resolved: an address is a number, or a path of a Unix socket.

use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

/// `127.0.0.1:8080`, `[::1]:8080`, or `unix:/run/privet.sock`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Address {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// Whether nobody off this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err("`unix:` without a path".to_owned()),
                path => Ok(Self::Unix(path.into())),
            };
        }
        let address = text.parse().map(Self::Tcp);
        address.map_err(|_| format!("`{text}` is neither IP:PORT nor unix:PATH"))
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Addresses and networks, `["127.0.0.1", "10.0.0.0/8"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Peers(Vec<(IpAddr, u8)>);

impl Peers {
    /// Loopback.
    pub fn loopback() -> Self {
        Self(vec![
            (IpAddr::from([127, 0, 0, 0]), 8),
            (IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), 128),
        ])
    }

    /// Whether an address is one of them. An IPv4 address in IPv6's clothes counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .iter()
            .any(|(network, length)| match (network, address) {
                (IpAddr::V4(network), IpAddr::V4(address)) => {
                    let shift = 32 - u32::from(*length);
                    let bits = |ip: std::net::Ipv4Addr| u64::from(ip.to_bits()) >> shift;
                    bits(*network) == bits(address)
                }
                (IpAddr::V6(network), IpAddr::V6(address)) => {
                    let shift = 128 - u32::from(*length);
                    let bits =
                        |ip: std::net::Ipv6Addr| ip.to_bits().checked_shr(shift).unwrap_or(0);
                    bits(*network) == bits(address)
                }
                _ => false,
            })
    }
}

impl TryFrom<Vec<String>> for Peers {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        let read = |text: &String| {
            let wrong = || format!("`{text}` is no address or network");
            let (ip, length) = text
                .split_once('/')
                .map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
            let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
            let most = if ip.is_ipv4() { 32 } else { 128 };
            let length = match length {
                Some(length) => length
                    .parse()
                    .ok()
                    .filter(|l| *l <= most)
                    .ok_or_else(wrong)?,
                None => most,
            };
            Ok((ip, length))
        };
        texts
            .iter()
            .map(read)
            .collect::<Result<_, String>>()
            .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numbers_or_sockets() {
        for (text, local) in [
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("0.0.0.0:80", false),
            ("unix:/run/privet.sock", true),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.is_local(), local, "{text}");
        }
        for text in ["localhost:80", "127.0.0.1", "unix:", "", "127.0.0.1:99999"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn peers_are_networks() {
        let peers = |texts: &[&str]| {
            Peers::try_from(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>())
        };
        let some = peers(&["10.0.0.0/8", "192.168.1.7", "fd00::/8", "0.0.0.0/32"]).unwrap();
        for (address, inside) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.0", false),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("fd12::1", true),
            ("fe80::1", false),
            ("::1", false),
        ] {
            assert_eq!(some.contains(address.parse().unwrap()), inside, "{address}");
        }
        assert!(peers(&["0.0.0.0/0"]).unwrap().contains([1, 2, 3, 4].into()));
        assert!(
            peers(&["::/0"])
                .unwrap()
                .contains("fe80::1".parse().unwrap())
        );
        assert!(!Peers::default().contains([127, 0, 0, 1].into()));
        for text in ["10.0.0.0/33", "10.0.0", "a/8", "::/129", "10.0.0.0/-1"] {
            assert!(peers(&[text]).is_err(), "{text}");
        }
    }
}
