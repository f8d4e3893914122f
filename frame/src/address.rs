//! Values of type `ipaddr`: ranges, loopback, multicast.
//!
//! As Cedar does it: an address is kept as written, with its prefix length; equality is by both.
//! Only the arithmetic is here, not the parsing.

/// An address with its prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    /// The address; an IPv4 address is its low 32 bits.
    pub bits: u128,
    /// Prefix length in bits.
    pub prefix: u32,
    /// Whether it is an IPv6 address.
    pub is_v6: bool,
}

impl Address {
    /// The canonical order of addresses in a frame.
    pub fn order_key(self) -> (bool, u32, u128) {
        (self.is_v6, self.prefix, self.bits)
    }

    fn width(self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    fn host_mask(self) -> u128 {
        let host_bits = self.width().saturating_sub(self.prefix);
        u128::MAX.checked_shr(128 - host_bits).unwrap_or(0)
    }

    fn network(self) -> u128 {
        self.bits & !self.host_mask()
    }

    fn broadcast(self) -> u128 {
        self.bits | self.host_mask()
    }

    /// `isInRange`: the same family, and this range inside the other.
    pub fn is_in_range(self, other: Self) -> bool {
        self.is_v6 == other.is_v6
            && other.network() <= self.network()
            && self.broadcast() <= other.broadcast()
    }

    /// `isLoopback`: in 127.0.0.0/8, or `::1`.
    pub fn is_loopback(self) -> bool {
        if self.is_v6 {
            self.bits == 1 && self.prefix == 128
        } else {
            self.bits >> 24 == 127 && self.prefix >= 8
        }
    }

    /// `isMulticast`: in 224.0.0.0/4 or in ff00::/8.
    pub fn is_multicast(self) -> bool {
        if self.is_v6 {
            self.bits >> 120 == 0xff && self.prefix >= 8
        } else {
            self.bits >> 28 == 0xe && self.prefix >= 4
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(bytes: [u8; 4], prefix: u32) -> Address {
        Address {
            bits: u32::from_be_bytes(bytes).into(),
            prefix,
            is_v6: false,
        }
    }

    fn v6(bits: u128, prefix: u32) -> Address {
        Address {
            bits,
            prefix,
            is_v6: true,
        }
    }

    #[test]
    fn ranges() {
        assert!(v4([10, 1, 2, 3], 32).is_in_range(v4([10, 0, 0, 0], 8)));
        assert!(!v4([11, 1, 2, 3], 32).is_in_range(v4([10, 0, 0, 0], 8)));
        assert!(!v4([10, 0, 0, 0], 8).is_in_range(v4([10, 1, 2, 3], 32)));
        assert!(v4([1, 2, 3, 4], 32).is_in_range(v4([0, 0, 0, 0], 0)));
        assert!(!v6(1, 128).is_in_range(v4([0, 0, 0, 0], 0)));
        assert!(v6(u128::MAX, 128).is_in_range(v6(0, 0)));
    }

    #[test]
    fn kinds() {
        assert!(v4([127, 0, 0, 1], 8).is_loopback() && !v4([127, 0, 0, 1], 7).is_loopback());
        assert!(v6(1, 128).is_loopback() && !v6(1, 127).is_loopback());
        assert!(v4([239, 0, 0, 1], 4).is_multicast() && !v4([239, 0, 0, 1], 3).is_multicast());
        assert!(v6(0xff << 120, 8).is_multicast() && !v6(0xfe << 120, 8).is_multicast());
    }
}
