package dev.culvert.endpoint.config;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ChildConfig.Action;
import dev.culvert.ike.config.ChildConfig.Mode;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.id.Identity;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What no key shows by itself: secrets that are missing, children and connections that get in each
 * other's way.
 */
final class CrossChecks {
    private final Map<String, ConfigSection> connectionSections;
    private final Map<String, ConfigSection> secretSections;
    private final Problems problems;

    CrossChecks(
            Map<String, ConfigSection> connectionSections,
            Map<String, ConfigSection> secretSections,
            Problems problems) {
        this.connectionSections = connectionSections;
        this.secretSections = secretSections;
        this.problems = problems;
    }

    void check(List<ConnectionConfig> connections, List<SharedSecret> secrets) {
        for (ConnectionConfig connection : connections) {
            checkSecret(connection, secrets);
            checkChildren(connection);
            checkCanStart(connection);
        }
        for (int i = 0; i < connections.size(); i++) {
            for (int j = i + 1; j < connections.size(); j++) {
                checkDistinct(connections.get(i), connections.get(j));
            }
        }
        checkOwners(secrets);
    }

    private void checkSecret(ConnectionConfig connection, List<SharedSecret> secrets) {
        if (!negotiates(connection)) {
            return;
        }
        boolean found =
                secrets.stream()
                        .anyMatch(s ->
                                s.owners().isEmpty()
                                        || s.owners().stream().anyMatch(o -> fits(connection, o)));
        if (!found) {
            problems.error(
                    section(connection).position(),
                    section(connection).path()
                            + ": no pre-shared key is "
                            + whose(connection)
                            + "; add a section ike-"
                            + connection.name()
                            + " with id = "
                            + idForHint(connection)
                            + " and secret = \"…\" to secrets { … }");
        }
    }

    private static boolean fits(ConnectionConfig connection, Identity owner) {
        return owner instanceof Identity.Any
                || connection.remoteId() instanceof Identity.Any
                || owner.matches(connection.remoteId())
                || connection.remoteId().matches(owner)
                || connection.localId().filter(owner::equals).isPresent();
    }

    private static String whose(ConnectionConfig connection) {
        String local = connection.localId().map(id -> " or '" + id.text() + "'").orElse("");
        return connection.remoteId() instanceof Identity.Any
                ? "there"
                : "for '" + connection.remoteId().text() + "'" + local;
    }

    private static String idForHint(ConnectionConfig connection) {
        return connection.remoteId() instanceof Identity.Any
                ? connection.localId().map(Identity::text).orElse("%any")
                : connection.remoteId().text();
    }

    private void checkChildren(ConnectionConfig connection) {
        List<ChildConfig> children = connection.children();
        for (int i = 0; i < children.size(); i++) {
            for (int j = i + 1; j < children.size(); j++) {
                ChildConfig first = children.get(i);
                ChildConfig second = children.get(j);
                if (same(first.localSelectors(), second.localSelectors())
                        && same(first.remoteSelectors(), second.remoteSelectors())) {
                    ConfigSection firstSection = childSection(connection, first);
                    ConfigSection secondSection = childSection(connection, second);
                    problems.error(
                            secondSection.position(),
                            secondSection.path()
                                    + ": it has the same local_ts and remote_ts as the child \""
                                    + first.name()
                                    + "\" ("
                                    + firstSection.position().fileAndLine()
                                    + "), so no packet would ever choose it; make them differ, or"
                                    + " remove one");
                }
            }
        }
    }

    private static <T> boolean same(List<T> a, List<T> b) {
        return new HashSet<>(a).equals(new HashSet<>(b));
    }

    /** A connection that starts by itself needs someone to start with. */
    private void checkCanStart(ConnectionConfig connection) {
        boolean hasPeer =
                connection.remoteAddresses().stream()
                        .anyMatch(a ->
                                a instanceof AddressSpec.Single || a instanceof AddressSpec.Name);
        if (hasPeer) {
            return;
        }
        for (ChildConfig child : connection.children()) {
            if (child.mode() == Mode.TUNNEL
                    && (child.startActions().contains(Action.START)
                            || child.startActions().contains(Action.TRAP))) {
                ConfigSection section = childSection(connection, child);
                problems.error(
                        section.entry("start_action")
                                .map(ConfigEntry::keyPosition)
                                .orElse(section.position()),
                        section.path()
                                + ".start_action: the connection has no remote_addrs to start"
                                + " with; add an address or a host name of the peer");
            }
        }
    }

    /**
     * As a responder, this side has only the addresses and the identities to tell connections
     * apart.
     */
    private void checkDistinct(ConnectionConfig first, ConnectionConfig second) {
        if (!negotiates(first) || !negotiates(second)) {
            return;
        }
        boolean sameAddresses =
                same(first.remoteAddresses(), second.remoteAddresses())
                        && same(first.localAddresses(), second.localAddresses());
        boolean sameIdentities =
                first.remoteId().equals(second.remoteId())
                        && (first.localId().equals(second.localId())
                                || first.localId().isEmpty()
                                || second.localId().isEmpty());
        if (sameAddresses && sameIdentities) {
            problems.warning(
                    section(second).position(),
                    section(second).path()
                            + ": a peer that connects cannot be told apart from one of \""
                            + first.name()
                            + "\" ("
                            + section(first).position().fileAndLine()
                            + "), which comes first and will be used: same addresses and "
                            + (first.remoteId() instanceof Identity.Any
                                    ? "no remote id; add remote { id = … }"
                                    : "same remote id"));
        }
    }

    private void checkOwners(List<SharedSecret> secrets) {
        for (int i = 0; i < secrets.size(); i++) {
            for (int j = i + 1; j < secrets.size(); j++) {
                SharedSecret first = secrets.get(i);
                SharedSecret second = secrets.get(j);
                if (same(first.owners(), second.owners())) {
                    secretSection(second)
                            .ifPresent(s ->
                                    problems.warning(
                                            s.position(),
                                            s.path()
                                                    + ": it is for the same identities as"
                                                    + " \""
                                                    + first.name()
                                                    + "\", which comes first and will be"
                                                    + " used"));
                }
            }
        }
    }

    private Optional<ConfigSection> secretSection(SharedSecret secret) {
        return Optional.ofNullable(secretSections.get(secret.name()));
    }

    private static boolean negotiates(ConnectionConfig connection) {
        return connection.children().isEmpty()
                || connection.children().stream().anyMatch(c -> c.mode() == Mode.TUNNEL);
    }

    private ConfigSection section(ConnectionConfig connection) {
        return connectionSections.get(connection.name());
    }

    private ConfigSection childSection(ConnectionConfig connection, ChildConfig child) {
        return section(connection)
                .section("children")
                .flatMap(s -> s.section(child.name()))
                .orElse(section(connection));
    }
}
