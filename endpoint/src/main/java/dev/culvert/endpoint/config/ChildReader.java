package dev.culvert.endpoint.config;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ChildConfig.Action;
import dev.culvert.ike.config.ChildConfig.CopyDscp;
import dev.culvert.ike.config.ChildConfig.DpdAction;
import dev.culvert.ike.config.ChildConfig.Mode;
import dev.culvert.ike.config.Lifetime;
import dev.culvert.ike.config.SelectorSpec;
import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.ts.TrafficSelector;
import dev.culvert.ike.wire.IpAddress;
import dev.culvert.ike.wire.Parsed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Reads {@code connections.NAME.children.NAME}. */
final class ChildReader {
    private static final int MOST_REPLAY_WINDOW_PACKETS = 16384;
    private static final long REKEY_NS = TimeUnit.HOURS.toNanos(1);
    private static final List<SelectorSpec> DYNAMIC =
            List.of(new SelectorSpec.Dynamic(0, 0, 65535));

    private final int replayWindowPackets;
    private final Problems problems;

    /**
     * @param replayWindowPackets of children that set none
     */
    ChildReader(int replayWindowPackets, Problems problems) {
        this.replayWindowPackets = replayWindowPackets;
        this.problems = problems;
    }

    ChildConfig read(ConfigSection section) {
        Rules.CHILD.check(section, problems);
        SectionReader reader = new SectionReader(section, problems);
        Mode mode = mode(reader);
        Set<Action> startActions = actions(reader, "start_action");
        checkShunt(reader, mode, startActions);
        return new ChildConfig(
                section.name(),
                proposals(reader),
                reader.list("local_ts", DYNAMIC, ChildReader::selector),
                reader.list("remote_ts", DYNAMIC, ChildReader::selector),
                mode,
                startActions,
                actions(reader, "close_action"),
                dpdAction(reader),
                lifetime(reader, "rekey_time", "life_time", "rand_time", REKEY_NS, true),
                lifetime(reader, "rekey_bytes", "life_bytes", "rand_bytes", 0, false),
                lifetime(reader, "rekey_packets", "life_packets", "rand_packets", 0, false),
                reader.timeNs("inactivity", 0),
                reader.integer("reqid", 0, 0, Integer.MAX_VALUE),
                reader.integer("priority", 0, 0, Integer.MAX_VALUE),
                tfcPadding(reader),
                replayWindow(reader),
                reader.yesNo("copy_df", true),
                reader.yesNo("copy_ecn", true),
                copyDscp(reader),
                updown(reader));
    }

    private static Optional<ChildConfig.UpdownScript> updown(SectionReader reader) {
        boolean hostAccess = reader.yesNo("hostaccess", false);
        Optional<ChildConfig.UpdownScript> script =
                reader.read(
                        "updown",
                        Optional.empty(),
                        text ->
                                command(text)
                                        .then(command ->
                                                Parsed.ok(
                                                        Optional.of(
                                                                new ChildConfig.UpdownScript(
                                                                        command, hostAccess)))));
        if (hostAccess && script.isEmpty()) {
            reader.warning(
                    "hostaccess",
                    "it only tells an updown script something, and there is none; Culvert itself"
                            + " changes no firewall");
        }
        return script;
    }

    /** No shell runs it, so it is found only by its path. */
    private static Parsed<String> command(String text) {
        return text.startsWith("/")
                ? Parsed.ok(text)
                : Parsed.failed(
                        "expected the absolute path of a program, and arguments with blanks in"
                                + " between if it needs any");
    }

    static int replayWindow(SectionReader reader, int byDefault) {
        return reader.integer("replay_window", byDefault, 0, MOST_REPLAY_WINDOW_PACKETS);
    }

    private int replayWindow(SectionReader reader) {
        return replayWindow(reader, replayWindowPackets);
    }

    private static List<Proposal> proposals(SectionReader reader) {
        return reader.read(
                "esp_proposals",
                ProposalParser.defaultEsp(),
                text ->
                        SectionReader.parts(text).isEmpty()
                                ? Parsed.failed("expected a proposal or \"default\"")
                                : ProposalParser.parseEspList(text));
    }

    private Mode mode(SectionReader reader) {
        Optional<String> text = reader.text("mode");
        if (text.filter(List.of("transport", "transport_proxy", "beet", "iptfs")::contains)
                .isPresent()) {
            reader.error(
                    "mode",
                    "the mode "
                            + Show.value(text.get())
                            + " is not supported yet; use \"tunnel\", \"pass\" or \"drop\"");
            return Mode.TUNNEL;
        }
        return reader.choice(
                "mode",
                Mode.TUNNEL,
                new TreeMap<>(Map.of("tunnel", Mode.TUNNEL, "pass", Mode.PASS, "drop", Mode.DROP)));
    }

    private void checkShunt(SectionReader reader, Mode mode, Set<Action> startActions) {
        if (mode == Mode.TUNNEL) {
            return;
        }
        if (startActions.contains(Action.START)) {
            reader.error(
                    "start_action",
                    "a child that passes or drops packets has nothing to start; write"
                            + " start_action = trap to have its policy installed");
        } else if (startActions.isEmpty()) {
            problems.warning(
                    reader.section().position(),
                    reader.section().path()
                            + ": its policy is not installed without start_action = trap");
        }
    }

    private static Set<Action> actions(SectionReader reader, String key) {
        return reader.choice(
                key,
                Set.of(),
                new TreeMap<>(
                        Map.of(
                                "none", Set.<Action>of(),
                                "trap", Set.of(Action.TRAP),
                                "start", Set.of(Action.START),
                                "trap|start", Set.of(Action.TRAP, Action.START))));
    }

    private static DpdAction dpdAction(SectionReader reader) {
        return reader.choice(
                "dpd_action",
                DpdAction.CLEAR,
                new TreeMap<>(
                        Map.of(
                                "clear", DpdAction.CLEAR,
                                "none", DpdAction.CLEAR,
                                "trap", DpdAction.TRAP,
                                "start", DpdAction.RESTART,
                                "restart", DpdAction.RESTART)));
    }

    private static CopyDscp copyDscp(SectionReader reader) {
        return reader.choice(
                "copy_dscp",
                CopyDscp.OUT,
                new TreeMap<>(
                        Map.of(
                                "out", CopyDscp.OUT,
                                "in", CopyDscp.IN,
                                "yes", CopyDscp.YES,
                                "no", CopyDscp.NO)));
    }

    private static int tfcPadding(SectionReader reader) {
        return reader.read(
                "tfc_padding",
                0,
                value -> {
                    if (value.equals("mtu")) {
                        return Parsed.ok(-1);
                    }
                    return switch (Quantities.integer(value, 0, 65535)) {
                        case Parsed.Ok<Integer> ok -> ok;
                        case Parsed.Failed<Integer> _ ->
                                Parsed.failed("expected \"mtu\" or a number of bytes up to 65535");
                    };
                });
    }

    /** Soft limit, hard limit (10 % more by default) and the part of chance (their difference). */
    private static Lifetime lifetime(
            SectionReader reader,
            String softKey,
            String hardKey,
            String randomKey,
            long softByDefault,
            boolean isTime) {
        boolean isBytes = softKey.endsWith("bytes");
        long soft = quantity(reader, softKey, softByDefault, isTime, isBytes);
        long hard = quantity(reader, hardKey, soft + soft / 10, isTime, isBytes);
        if (hard != 0 && soft > hard) {
            reader.error(
                    hardKey,
                    "it ends before "
                            + softKey
                            + " begins; make "
                            + hardKey
                            + " larger, or leave it out for 10 % more than "
                            + softKey);
            return Lifetime.UNLIMITED;
        }
        long random =
                quantity(
                        reader,
                        randomKey,
                        soft == 0 ? 0 : Math.max(0, hard - soft),
                        isTime,
                        isBytes);
        if (soft != 0 && random > soft) {
            reader.error(randomKey, "it must not be more than " + softKey);
            return Lifetime.UNLIMITED;
        }
        return new Lifetime(soft, hard, random);
    }

    private static long quantity(
            SectionReader reader, String key, long byDefault, boolean isTime, boolean isBytes) {
        if (isTime) {
            return reader.timeNs(key, byDefault);
        }
        return isBytes ? reader.bytes(key, byDefault) : reader.count(key, byDefault);
    }

    private static Parsed<SelectorSpec> selector(String text) {
        Optional<Parsed<TrafficSelector>> dynamic =
                TrafficSelector.parseDynamic(text, IpAddress.ANY_V4);
        return dynamic.isPresent()
                ? dynamic.get()
                        .then(s ->
                                Parsed.ok(
                                        new SelectorSpec.Dynamic(
                                                s.protocol(), s.startPort(), s.endPort())))
                : TrafficSelector.parse(text).then(s -> Parsed.ok(new SelectorSpec.Fixed(s)));
    }
}
