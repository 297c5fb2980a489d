package dev.culvert.endpoint.real.net;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A connection with a pre-shared key, in the words of swanctl.conf. Its {@code with…} methods
 * return a changed copy.
 *
 * @param name of the connection
 * @param localAddress our outer address, or {@code %any}
 * @param remoteAddress the peer's
 * @param localId our identity
 * @param remoteId the peer's
 * @param secret the pre-shared key
 * @param proposals for the IKE SA
 * @param options further keys of the connection
 * @param children what it protects
 */
public record Tunnel(
        String name,
        String localAddress,
        String remoteAddress,
        String localId,
        String remoteId,
        String secret,
        String proposals,
        Map<String, String> options,
        List<Child> children) {

    public Tunnel {
        options = Map.copyOf(options);
        children = List.copyOf(children);
    }

    /**
     * What a connection protects.
     *
     * @param name of the child
     * @param localTs our selectors
     * @param remoteTs the peer's
     * @param espProposals for its SAs
     * @param options further keys
     */
    public record Child(
            String name,
            String localTs,
            String remoteTs,
            String espProposals,
            Map<String, String> options) {

        public Child {
            options = Map.copyOf(options);
        }

        /** A child with AES-GCM. */
        public static Child of(String name, String localTs, String remoteTs) {
            return new Child(name, localTs, remoteTs, "aes128gcm16", Map.of());
        }

        /** With other ESP proposals. */
        public Child esp(String proposals) {
            return new Child(name, localTs, remoteTs, proposals, options);
        }

        /** With a further key. */
        public Child with(String key, String value) {
            return new Child(name, localTs, remoteTs, espProposals, plus(options, key, value));
        }

        /** With other selectors. */
        public Child selectors(String local, String remote) {
            return new Child(name, local, remote, espProposals, options);
        }

        Child mirrored() {
            return selectors(/* local= */ remoteTs, /* remote= */ localTs).withoutOptions();
        }

        private Child withoutOptions() {
            return new Child(name, localTs, remoteTs, espProposals, Map.of());
        }

        private String text() {
            return "    %s {\n      local_ts = %s\n      remote_ts = %s\n      esp_proposals = %s\n%s    }\n"
                    .formatted(name, localTs, remoteTs, espProposals, lines("      ", options));
        }
    }

    /**
     * A connection without children between two sites, which call themselves {@code role.example}.
     */
    public static Tunnel between(String name, Site local, Site remote) {
        return new Tunnel(
                name,
                local.address(),
                remote.publicAddress(),
                local.role() + ".example",
                remote.role() + ".example",
                "correct horse battery staple",
                "aes128gcm16-prfsha256-ecp256",
                Map.of(),
                List.of());
    }

    /** As {@link #between} over IPv6. */
    public static Tunnel betweenV6(String name, Site local, Site remote) {
        return between(name, local, remote).addresses(local.addressV6(), remote.addressV6());
    }

    /** With one more child. */
    public Tunnel child(Child child) {
        List<Child> more = new ArrayList<>(children);
        more.add(child);
        return children(more);
    }

    /** With other children. */
    public Tunnel children(List<Child> others) {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                localId,
                remoteId,
                secret,
                proposals,
                options,
                others);
    }

    /** With a further key for the connection. */
    public Tunnel with(String key, String value) {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                localId,
                remoteId,
                secret,
                proposals,
                plus(options, key, value),
                children);
    }

    /** With a further key for each child. */
    public Tunnel withChildren(String key, String value) {
        return children(children.stream().map(child -> child.with(key, value)).toList());
    }

    /** With other outer addresses. */
    public Tunnel addresses(String local, String remote) {
        return new Tunnel(
                name, local, remote, localId, remoteId, secret, proposals, options, children);
    }

    /** With other identities. */
    public Tunnel ids(String local, String remote) {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                local,
                remote,
                secret,
                proposals,
                options,
                children);
    }

    /** With another key. */
    public Tunnel secret(String other) {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                localId,
                remoteId,
                other,
                proposals,
                options,
                children);
    }

    /** With other proposals for the IKE SA. */
    public Tunnel ike(String others) {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                localId,
                remoteId,
                secret,
                others,
                options,
                children);
    }

    /** With other ESP proposals for each child. */
    public Tunnel esp(String others) {
        return children(children.stream().map(child -> child.esp(others)).toList());
    }

    /** The peer's side. Options are one side's matter and are left out. */
    public Tunnel mirrored() {
        List<Child> theirs = children.stream().map(Child::mirrored).toList();
        return addresses(/* local= */ remoteAddress, /* remote= */ localAddress)
                .ids(/* local= */ remoteId, /* remote= */ localId)
                .withoutOptions()
                .children(theirs);
    }

    private Tunnel withoutOptions() {
        return new Tunnel(
                name,
                localAddress,
                remoteAddress,
                localId,
                remoteId,
                secret,
                proposals,
                Map.of(),
                children);
    }

    /** The text of a configuration file. */
    public static String file(List<Tunnel> tunnels) {
        StringBuilder text = new StringBuilder("connections {\n");
        tunnels.forEach(tunnel -> text.append(tunnel.text()));
        text.append("}\nsecrets {\n");
        tunnels.forEach(tunnel -> text.append(tunnel.secretText()));
        return text.append("}\n").toString();
    }

    private String text() {
        String kids = children.stream().map(Child::text).collect(Collectors.joining());
        return """
        %s {
          version = 2
          local_addrs = %s
          remote_addrs = %s
          proposals = %s
        %s  local {
            auth = psk
            id = %s
          }
          remote {
            auth = psk
            id = %s
          }
          children {
        %s  }
        }
        """
                .formatted(
                        name,
                        localAddress,
                        remoteAddress,
                        proposals,
                        lines("  ", options),
                        localId,
                        remoteId,
                        kids);
    }

    private String secretText() {
        return "  ike-%s {\n    id-1 = %s\n    id-2 = %s\n    secret = \"%s\"\n  }\n"
                .formatted(name, localId, remoteId, secret);
    }

    private static String lines(String indent, Map<String, String> options) {
        return options.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> indent + entry.getKey() + " = " + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static Map<String, String> plus(Map<String, String> map, String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(map);
        more.put(key, value);
        return more;
    }
}
