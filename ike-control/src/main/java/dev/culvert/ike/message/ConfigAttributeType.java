package dev.culvert.ike.message;

import java.util.Optional;

/**
 * Types of configuration attributes (RFC 7296, section 3.15.1; IANA "IKEv2 Configuration Payload
 * Attribute Types").
 */
public enum ConfigAttributeType {
    INTERNAL_IP4_ADDRESS(1),
    INTERNAL_IP4_NETMASK(2),
    INTERNAL_IP4_DNS(3),
    INTERNAL_IP4_NBNS(4),
    INTERNAL_IP4_DHCP(6),
    APPLICATION_VERSION(7),
    INTERNAL_IP6_ADDRESS(8),
    INTERNAL_IP6_DNS(10),
    INTERNAL_IP6_DHCP(12),
    INTERNAL_IP4_SUBNET(13),
    SUPPORTED_ATTRIBUTES(14),
    INTERNAL_IP6_SUBNET(15),
    /** RFC 7651. */
    P_CSCF_IP4_ADDRESS(20),
    /** RFC 7651. */
    P_CSCF_IP6_ADDRESS(21),
    /** RFC 8598, section 4.1. */
    INTERNAL_DNS_DOMAIN(25),
    /** RFC 8598, section 4.2. */
    INTERNAL_DNSSEC_TA(26),
    /** A server inside the network; of an expired draft, and of private use. */
    INTERNAL_IP4_SERVER(23456),
    /** Likewise for IPv6. */
    INTERNAL_IP6_SERVER(23457),
    /** Networks to reach through the tunnel, of private use. */
    UNITY_SPLIT_INCLUDE(28676),
    /** Networks to reach past the tunnel, of private use. */
    UNITY_LOCAL_LAN(28678);

    private final int value;

    ConfigAttributeType(int value) {
        this.value = value;
    }

    /** Value on the wire, 1 to 32767. */
    public int value() {
        return value;
    }

    /** The type of a wire value, if it is one of these. */
    public static Optional<ConfigAttributeType> of(int value) {
        for (ConfigAttributeType type : values()) {
            if (type.value == value) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
