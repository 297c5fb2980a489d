package dev.culvert.endpoint.config;

import dev.culvert.ike.config.PoolConfig;
import dev.culvert.ike.message.ConfigAttribute;
import dev.culvert.ike.message.ConfigAttributeType;
import dev.culvert.ike.wire.Bytes;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the values of a pool, from a file or from the control socket. */
public final class PoolParser {
    /** Keys of attributes, and the types that they stand for in IPv4 and in IPv6. */
    private static final Map<String, Kind> KINDS = kinds();

    private static final int HIGHEST_ATTRIBUTE = 0x7fff;

    private PoolParser() {}

    private record Kind(
            Optional<ConfigAttributeType> v4, Optional<ConfigAttributeType> v6, boolean network) {}

    /**
     * Which addresses a pool has.
     *
     * @param base as it was written
     */
    record Addresses(IpAddress base, IpAddress first, IpAddress last) {}

    /**
     * Makes a pool.
     *
     * @param addrs a network or a range
     * @param attributes the values of all other keys
     */
    public static Parsed<PoolConfig> parse(
            String name, String addrs, Map<String, List<String>> attributes) {
        return addresses(addrs)
                .then(range -> {
                    List<ConfigAttribute> read = new ArrayList<>();
                    for (Map.Entry<String, List<String>> entry : attributes.entrySet()) {
                        for (String value : entry.getValue()) {
                            switch (attribute(entry.getKey(), value)) {
                                case Parsed.Ok<ConfigAttribute>(ConfigAttribute good) ->
                                        read.add(good);
                                case Parsed.Failed<ConfigAttribute>(String problem) -> {
                                    return Parsed.failed(
                                            entry.getKey() + " = " + value + ": " + problem);
                                }
                            }
                        }
                    }
                    return Parsed.ok(
                            new PoolConfig(name, range.base(), range.first(), range.last(), read));
                });
    }

    /** Names of the keys that stand for attributes, without the numbers. */
    static List<String> attributeKeys() {
        return List.copyOf(KINDS.keySet());
    }

    /** Whether a key is the number of an attribute. */
    static boolean isNumber(String key) {
        return key.matches("[0-9]{1,5}");
    }

    /**
     * A network or a range. Of a network with more than two addresses, the last is not leased, and
     * the first only if another one was written in front of the slash, from which the pool begins.
     */
    static Parsed<Addresses> addresses(String text) {
        int dash = text.indexOf('-');
        if (dash > 0) {
            return range(text.substring(0, dash).strip(), text.substring(dash + 1).strip());
        }
        int slash = text.indexOf('/');
        Optional<IpAddress> written =
                IpAddress.parse(slash < 0 ? text : text.substring(0, slash).strip());
        if (written.isEmpty()) {
            return Parsed.failed(
                    "expected a network such as \"10.3.0.0/24\" or a range such as"
                            + " \"10.3.0.10-10.3.0.99\"");
        }
        IpAddress base = written.get();
        int width = base.widthBits();
        if (slash < 0) {
            return Parsed.ok(new Addresses(base, base, base));
        }
        return Quantities.integer(text.substring(slash + 1).strip(), 0, width)
                .then(bits -> Parsed.ok(network(base, bits)));
    }

    private static Addresses network(IpAddress base, int bits) {
        IpAddress start = base.networkStart(bits);
        IpAddress end = base.networkEnd(bits);
        if (base.widthBits() - bits <= 1) {
            return new Addresses(base, base, end);
        }
        IpAddress first = base.equals(start) ? start.next().orElseThrow() : base;
        IpAddress last = end.previous().orElseThrow();
        return new Addresses(base, first, first.compareTo(last) > 0 ? first : last);
    }

    private static Parsed<Addresses> range(String from, String to) {
        Optional<IpAddress> first = IpAddress.parse(from);
        Optional<IpAddress> last = IpAddress.parse(to);
        if (first.isEmpty()
                || last.isEmpty()
                || first.get().version() != last.get().version()
                || first.get().compareTo(last.get()) > 0) {
            return Parsed.failed(
                    "expected a range of two addresses of one IP version, the lower one first");
        }
        return Parsed.ok(new Addresses(first.get(), first.get(), last.get()));
    }

    /** One value of an attribute's key. */
    static Parsed<ConfigAttribute> attribute(String key, String value) {
        Kind kind = KINDS.get(key);
        if (kind != null) {
            return key.equals("dns_domain") ? domain(value) : known(kind, value);
        }
        if (!isNumber(key)) {
            return Parsed.failed(
                    "unknown attribute; known are "
                            + String.join(", ", KINDS.keySet())
                            + " and numbers");
        }
        int type = Integer.parseInt(key);
        if (type == 0 || type > HIGHEST_ATTRIBUTE) {
            return Parsed.failed("expected the number of an attribute, 1 to 32767");
        }
        return raw(type, value);
    }

    private static Parsed<ConfigAttribute> known(Kind kind, String value) {
        int slash = value.indexOf('/');
        Optional<IpAddress> address =
                IpAddress.parse(slash < 0 ? value : value.substring(0, slash));
        if (address.isEmpty() || (slash < 0) == kind.network()) {
            return Parsed.failed(
                    kind.network()
                            ? "expected a network such as \"10.1.0.0/16\""
                            : "expected an address");
        }
        Optional<ConfigAttributeType> type = address.get().isV6() ? kind.v6() : kind.v4();
        if (type.isEmpty()) {
            return Parsed.failed("expected an IPv4 address; there is no such attribute for IPv6");
        }
        if (!kind.network()) {
            return Parsed.ok(new ConfigAttribute.Host(type.get(), address.get()));
        }
        return Quantities.integer(value.substring(slash + 1), 0, address.get().widthBits())
                .then(bits ->
                        Parsed.ok(
                                new ConfigAttribute.Network(
                                        type.get(), address.get().networkStart(bits), bits)));
    }

    private static Parsed<ConfigAttribute> domain(String value) {
        ConfigAttribute attribute =
                new ConfigAttribute.Text(ConfigAttributeType.INTERNAL_DNS_DOMAIN, value);
        return value.isEmpty() ? Parsed.failed("expected a domain") : roundTrip(attribute);
    }

    /** What this side would not understand itself is not sent. */
    private static Parsed<ConfigAttribute> roundTrip(ConfigAttribute attribute) {
        return ConfigAttribute.decode(attribute.encode());
    }

    private static Parsed<ConfigAttribute> raw(int type, String value) {
        Optional<IpAddress> address = IpAddress.parse(value);
        if (address.isPresent()) {
            return Parsed.ok(new ConfigAttribute.Opaque(type, Bytes.of(address.get().toBytes())));
        }
        if (value.matches("0x([0-9a-fA-F]{2})*")) {
            return Parsed.ok(new ConfigAttribute.Opaque(type, Bytes.ofHex(value.substring(2))));
        }
        return Parsed.ok(
                new ConfigAttribute.Opaque(type, Bytes.of(value.getBytes(StandardCharsets.UTF_8))));
    }

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put(
                "dns",
                hosts(ConfigAttributeType.INTERNAL_IP4_DNS, ConfigAttributeType.INTERNAL_IP6_DNS));
        kinds.put("nbns", onlyV4(ConfigAttributeType.INTERNAL_IP4_NBNS, false));
        kinds.put(
                "dhcp",
                hosts(
                        ConfigAttributeType.INTERNAL_IP4_DHCP,
                        ConfigAttributeType.INTERNAL_IP6_DHCP));
        kinds.put("netmask", onlyV4(ConfigAttributeType.INTERNAL_IP4_NETMASK, false));
        kinds.put(
                "server",
                hosts(
                        ConfigAttributeType.INTERNAL_IP4_SERVER,
                        ConfigAttributeType.INTERNAL_IP6_SERVER));
        kinds.put(
                "p_cscf",
                hosts(
                        ConfigAttributeType.P_CSCF_IP4_ADDRESS,
                        ConfigAttributeType.P_CSCF_IP6_ADDRESS));
        kinds.put(
                "subnet",
                new Kind(
                        Optional.of(ConfigAttributeType.INTERNAL_IP4_SUBNET),
                        Optional.of(ConfigAttributeType.INTERNAL_IP6_SUBNET),
                        true));
        kinds.put("split_include", onlyV4(ConfigAttributeType.UNITY_SPLIT_INCLUDE, true));
        kinds.put("split_exclude", onlyV4(ConfigAttributeType.UNITY_LOCAL_LAN, true));
        kinds.put("dns_domain", new Kind(Optional.empty(), Optional.empty(), false));
        return kinds;
    }

    private static Kind hosts(ConfigAttributeType v4, ConfigAttributeType v6) {
        return new Kind(Optional.of(v4), Optional.of(v6), false);
    }

    private static Kind onlyV4(ConfigAttributeType type, boolean network) {
        return new Kind(Optional.of(type), Optional.empty(), network);
    }
}
