package dev.culvert.endpoint.config;

import dev.culvert.ike.config.AddressSpec;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import dev.culvert.ike.config.ConnectionConfig.Childless;
import dev.culvert.ike.config.ConnectionConfig.Fragmentation;
import dev.culvert.ike.config.ConnectionConfig.Unique;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.VirtualIps;
import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Reads {@code connections.NAME}. */
final class ConnectionReader {
    private static final long REKEY_NS = TimeUnit.HOURS.toNanos(4);
    private static final List<AddressSpec> ANY = List.of(new AddressSpec.Any(true, true));

    private final DaemonSettings settings;
    private final ChildReader childReader;
    private final Problems problems;

    ConnectionReader(DaemonSettings settings, int replayWindowPackets, Problems problems) {
        this.settings = settings;
        this.childReader = new ChildReader(replayWindowPackets, problems);
        this.problems = problems;
    }

    ConnectionConfig read(ConfigSection section) {
        Rules.CONNECTION.check(section, problems);
        SectionReader reader = new SectionReader(section, problems);
        List<ChildConfig> children = children(section);
        boolean negotiates =
                children.isEmpty()
                        || children.stream().anyMatch(c -> c.mode() == ChildConfig.Mode.TUNNEL);
        Optional<Identity> localId = round(section, "local", Rules.LOCAL, negotiates);
        Optional<Identity> remoteId = round(section, "remote", Rules.REMOTE, negotiates);
        if (reader.has("dpd_timeout")) {
            reader.timeNs("dpd_timeout", 0);
            reader.warning(
                    "dpd_timeout",
                    "it has no effect with IKEv2, where the retransmission of requests decides");
        }
        List<Lifetime> lifetimes = lifetimes(reader);
        return new ConnectionConfig(
                section.name(),
                reader.list("local_addrs", ANY, Addresses::spec),
                reader.list("remote_addrs", ANY, Addresses::spec),
                localPort(reader),
                reader.integer("remote_port", 500, 1, 65535),
                proposals(reader),
                localId.filter(id -> !(id instanceof Identity.Any)),
                remoteId.orElse(new Identity.Any()),
                true,
                reader.timeNs("dpd_delay", 0),
                lifetimes.get(0),
                lifetimes.get(1),
                reader.integer("keyingtries", 1, 0, Integer.MAX_VALUE),
                unique(reader),
                dscp(reader),
                fragmentation(reader),
                childless(reader),
                children,
                virtualIps(reader),
                reader.yesNo("mobike", true));
    }

    private static VirtualIps virtualIps(SectionReader reader) {
        return new VirtualIps(
                reader.list(
                        "vips",
                        List.of(),
                        text ->
                                IpAddress.parse(text)
                                        .map(Parsed::ok)
                                        .orElse(
                                                Parsed.failed(
                                                        "expected addresses to ask for:"
                                                                + " \"0.0.0.0\" or \"::\" for any, or"
                                                                + " one such as \"10.3.0.5\""))),
                reader.text("pools").map(SectionReader::parts).orElse(List.of()));
    }

    private List<ChildConfig> children(ConfigSection section) {
        section.section("children")
                .ifPresent(s ->
                        s.entries()
                                .values()
                                .forEach(e ->
                                        problems.error(
                                                e.keyPosition(),
                                                "\""
                                                        + e.key()
                                                        + "\" belongs into the section of a"
                                                        + " child: children { NAME { … } }")));
        List<ChildConfig> children =
                section.sectionsOf("children").stream().map(childReader::read).toList();
        if (children.isEmpty()) {
            problems.warning(
                    section.position(),
                    section.path()
                            + ": it has no children, so nothing can go through it; add children {"
                            + " NAME { remote_ts = … } }");
        }
        return children;
    }

    /** The one authentication round of a side: that it uses pre-shared keys, and the identity. */
    private Optional<Identity> round(
            ConfigSection connection, String side, SectionRules rules, boolean isNeeded) {
        List<ConfigSection> rounds =
                connection.sections().values().stream()
                        .filter(s -> s.name().startsWith(side))
                        .toList();
        if (rounds.isEmpty()) {
            if (isNeeded) {
                problems.error(
                        connection.position(),
                        connection.path()
                                + ": the section \""
                                + side
                                + "\" is missing; add "
                                + side
                                + " { auth = psk }");
            }
            return Optional.empty();
        }
        rounds.stream()
                .skip(1)
                .forEach(s ->
                        problems.error(
                                s.position(),
                                s.path()
                                        + ": a second authentication round is not"
                                        + " supported yet; remove the section"));
        ConfigSection section = rounds.getFirst();
        rules.check(section, problems);
        SectionReader reader = new SectionReader(section, problems);
        reader.integer("round", 0, 0, 65535);
        checkAuth(reader);
        return reader.read(
                "id",
                Optional.empty(),
                text -> Identity.parse(text).then(i -> Parsed.ok(Optional.of(i))));
    }

    private void checkAuth(SectionReader reader) {
        Optional<String> auth = reader.text("auth");
        if (auth.isEmpty()) {
            problems.error(
                    reader.section().position(),
                    reader.section().path()
                            + ": add auth = psk; the default is \"pubkey\", and certificates and"
                            + " public keys are not supported yet");
        } else if (!auth.get().equals("psk")) {
            reader.error(
                    "auth",
                    Show.value(auth.get())
                            + " is not supported yet; only pre-shared keys are: write auth = psk");
        }
    }

    private int localPort(SectionReader reader) {
        int ike = settings.listen().port();
        int natt = settings.listen().nattPort();
        int port = reader.integer("local_port", ike, 1, 65535);
        if (port != ike && port != natt) {
            reader.error(
                    "local_port",
                    "the daemon listens on the ports "
                            + ike
                            + " and "
                            + natt
                            + " only; change culvert.port or culvert.port_nat_t, or leave the key"
                            + " out");
        }
        return port;
    }

    private static List<Proposal> proposals(SectionReader reader) {
        return reader.read(
                "proposals",
                ProposalParser.defaultIke(),
                text ->
                        SectionReader.parts(text).isEmpty()
                                ? Parsed.failed("expected a proposal or \"default\"")
                                : ProposalParser.parseIkeList(text));
    }

    /** Of rekeying, then of reauthentication. */
    private List<Lifetime> lifetimes(SectionReader reader) {
        long reauthNs = reader.timeNs("reauth_time", 0);
        long rekeyNs = reader.timeNs("rekey_time", reauthNs == 0 ? REKEY_NS : 0);
        long overNs = reader.timeNs("over_time", Math.max(rekeyNs, reauthNs) / 10);
        long randomNs = reader.timeNs("rand_time", overNs);
        List<Lifetime> lifetimes = new ArrayList<>();
        for (long softNs : new long[] {rekeyNs, reauthNs}) {
            if (softNs == 0) {
                lifetimes.add(Lifetime.UNLIMITED);
            } else {
                if (randomNs > softNs && reader.has("rand_time")) {
                    reader.error("rand_time", "it must not be more than the time it is taken off");
                }
                lifetimes.add(new Lifetime(softNs, softNs + overNs, Math.min(randomNs, softNs)));
            }
        }
        return lifetimes;
    }

    private static Unique unique(SectionReader reader) {
        return reader.choice(
                "unique",
                Unique.NO,
                new TreeMap<>(
                        Map.of(
                                "never", Unique.NEVER,
                                "no", Unique.NO,
                                "keep", Unique.KEEP,
                                "replace", Unique.REPLACE)));
    }

    private static Fragmentation fragmentation(SectionReader reader) {
        return reader.choice(
                "fragmentation",
                Fragmentation.YES,
                new TreeMap<>(
                        Map.of(
                                "yes", Fragmentation.YES,
                                "accept", Fragmentation.ACCEPT,
                                // It differs from "yes" with IKEv1 only.
                                "force", Fragmentation.YES,
                                "no", Fragmentation.NO)));
    }

    private static Childless childless(SectionReader reader) {
        return reader.choice(
                "childless",
                Childless.ALLOW,
                new TreeMap<>(
                        Map.of(
                                "allow", Childless.ALLOW,
                                "prefer", Childless.PREFER,
                                "force", Childless.FORCE,
                                "never", Childless.NEVER)));
    }

    private static int dscp(SectionReader reader) {
        return reader.read(
                "dscp",
                0,
                value ->
                        value.matches("[01]{6}")
                                ? Parsed.ok(Integer.parseInt(value, 2))
                                : Parsed.failed(
                                        "expected six binary digits, such as \"101110\" for EF"));
    }
}
