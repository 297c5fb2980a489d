package dev.culvert.endpoint.real.net;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An IKE SA as {@code swanctl --list-sas --raw} shows it.
 *
 * @param connection its name
 * @param values all plain values by their name in vici
 * @param children its child SAs
 */
public record SaView(String connection, Map<String, String> values, List<ChildView> children) {

    public SaView {
        values = Map.copyOf(values);
        children = List.copyOf(children);
    }

    /**
     * A child SA.
     *
     * @param values all plain values; lists are joined with blanks
     */
    public record ChildView(Map<String, String> values) {
        public ChildView {
            values = Map.copyOf(values);
        }

        /** The child's name in the configuration. */
        public String name() {
            return value("name");
        }

        /** Whether it carries traffic. */
        public boolean isInstalled() {
            return value("state").equals("INSTALLED");
        }

        /**
         * The algorithms, such as {@code AES_GCM_16-128} or {@code AES_CBC-256/HMAC_SHA2_256_128}.
         */
        public String suite() {
            return algorithms(values);
        }

        /** Packets that came through it. */
        public long packetsIn() {
            return Long.parseLong(values.getOrDefault("packets-in", "0"));
        }

        /** Packets that went through it. */
        public long packetsOut() {
            return Long.parseLong(values.getOrDefault("packets-out", "0"));
        }

        /** One value; empty when there is none. */
        public String value(String key) {
            return values.getOrDefault(key, "");
        }
    }

    /** One value; empty when there is none. */
    public String value(String key) {
        return values.getOrDefault(key, "");
    }

    /** The algorithms, such as {@code AES_GCM_16-128/PRF_HMAC_SHA2_256/ECP_256}. */
    public String suite() {
        return algorithms(values) + "/" + value("prf-alg") + "/" + value("dh-group");
    }

    /** Whether it is set up. */
    public boolean isEstablished() {
        return value("state").equals("ESTABLISHED");
    }

    /** The only child of that name. */
    public ChildView child(String name) {
        List<ChildView> found =
                children.stream().filter(child -> child.name().equals(name)).toList();
        if (found.size() != 1) {
            throw new AssertionError("one child " + name + " expected in " + this);
        }
        return found.getFirst();
    }

    /** Reads what {@code swanctl --list-sas --raw} printed. */
    static List<SaView> parse(String raw) {
        List<SaView> sas = new ArrayList<>();
        for (String line : raw.lines().filter(l -> l.startsWith("list-sa event")).toList()) {
            RawVici.Section event = RawVici.parse(line.substring("list-sa event".length()));
            event.sections().forEach((name, sa) -> sas.add(of(name, sa)));
        }
        return sas;
    }

    private static SaView of(String name, RawVici.Section sa) {
        List<ChildView> children = new ArrayList<>();
        RawVici.Section childSas = sa.sections().getOrDefault("child-sas", RawVici.Section.EMPTY);
        childSas.sections().values().forEach(child -> children.add(new ChildView(child.values())));
        return new SaView(name, sa.values(), children);
    }

    private static String algorithms(Map<String, String> values) {
        String name = values.getOrDefault("encr-alg", "none");
        if (values.containsKey("encr-keysize")) {
            name += "-" + values.get("encr-keysize");
        }
        return values.containsKey("integ-alg") ? name + "/" + values.get("integ-alg") : name;
    }
}
