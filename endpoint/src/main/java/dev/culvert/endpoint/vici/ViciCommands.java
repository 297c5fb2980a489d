package dev.culvert.endpoint.vici;

import dev.culvert.endpoint.vici.DaemonControl.Outcome;
import dev.culvert.endpoint.vici.DaemonControl.Patience;
import dev.culvert.ike.EngineEvent;
import dev.culvert.ike.EngineSnapshot.ChildSa;
import dev.culvert.ike.EngineSnapshot.IkeSa;
import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.config.ConnectionConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Carries out commands. May be used by many threads. */
final class ViciCommands {
    private static final String READ_FROM_FILE =
            "Culvert takes its connections and secrets from its configuration file only: change that"
                    + " file and run 'swanctl --reload-settings' or 'culvert reload'";
    private static final int MOST_NUMBER_DIGITS = 9;

    private final DaemonControl daemon;
    private final Map<String, Command> commands = new LinkedHashMap<>();

    /** One command. */
    @FunctionalInterface
    private interface Command {
        ViciSection run(ViciSection request, BiConsumer<String, ViciSection> events);
    }

    ViciCommands(DaemonControl daemon) {
        this.daemon = daemon;
        StatusReport reports = new StatusReport(daemon);
        commands.put("version", (r, e) -> reports.version());
        commands.put("stats", (r, e) -> reports.stats());
        commands.put("culvert-status", (r, e) -> reports.culvertStatus());
        commands.put("get-algorithms", (r, e) -> StatusReport.algorithms());
        commands.put("get-counters", (r, e) -> reports.counters());
        commands.put("list-sas", this::listSas);
        commands.put("list-conns", this::listConns);
        commands.put("list-policies", this::listPolicies);
        commands.put("get-conns", (r, e) -> getConns());
        commands.put("initiate", this::initiate);
        commands.put("terminate", this::terminate);
        RedirectCommand redirect = new RedirectCommand(daemon);
        commands.put("redirect", (r, e) -> outcome(redirect.run(r)));
        commands.put("rekey", (r, e) -> rekey(r));
        commands.put("reload-settings", (r, e) -> outcome(daemon.reload()));
        PoolCommands pools = new PoolCommands(daemon);
        commands.put("get-pools", (r, e) -> pools.get(r));
        commands.put("load-pool", (r, e) -> outcome(pools.load(r)));
        commands.put("unload-pool", (r, e) -> outcome(pools.unload(r)));
        addEmpty();
        addRefused();
    }

    /**
     * Runs a command.
     *
     * @param events takes events that the command streams, by name, in order
     * @return the answer; empty when there is no such command
     */
    Optional<ViciSection> run(
            String name, ViciSection request, BiConsumer<String, ViciSection> events) {
        return Optional.ofNullable(commands.get(name)).map(c -> c.run(request, events));
    }

    /** What there is none of, so that clients that look find nothing. */
    private void addEmpty() {
        commands.put("list-certs", (r, e) -> ViciSection.EMPTY);
        commands.put("list-authorities", (r, e) -> ViciSection.EMPTY);
        commands.put("get-authorities", (r, e) -> list("authorities", List.of()));
        commands.put("get-keys", (r, e) -> list("keys", List.of()));
        commands.put("get-shared", (r, e) -> list("keys", List.of()));
        commands.put("flush-certs", (r, e) -> success());
    }

    private void addRefused() {
        for (String name :
                List.of(
                        "load-conn",
                        "unload-conn",
                        "load-shared",
                        "unload-shared",
                        "load-key",
                        "unload-key",
                        "load-token",
                        "load-cert",
                        "clear-creds")) {
            commands.put(name, (r, e) -> failure(READ_FROM_FILE));
        }
        for (String name : List.of("load-authority", "unload-authority", "reset-counters")) {
            commands.put(
                    name,
                    (r, e) ->
                            failure(
                                    "the command "
                                            + name
                                            + " is not supported by this version of Culvert"));
        }
        for (String name : List.of("install", "uninstall")) {
            commands.put(
                    name,
                    (r, e) ->
                            failure(
                                    "Culvert installs policies at start only: set start_action ="
                                            + " trap for the child, and reload"));
        }
    }

    private ViciSection listSas(ViciSection request, BiConsumer<String, ViciSection> events) {
        DaemonStatus status = daemon.status();
        SaReport report = new SaReport(status);
        Optional<String> ike = text(request, "ike");
        Optional<String> child = text(request, "child");
        OptionalInt ikeId = number(request, "ike-id");
        OptionalInt childId = number(request, "child-id");
        for (IkeSa sa : status.engine().ikeSas()) {
            List<ChildSa> children =
                    sa.children().stream()
                            .filter(c -> child.isEmpty() || c.name().equals(child.get()))
                            .filter(c -> childId.isEmpty() || c.uniqueId() == childId.getAsInt())
                            .toList();
            boolean wanted =
                    (ike.isEmpty() || SaReport.name(sa).equals(ike.get()))
                            && (ikeId.isEmpty() || sa.uniqueId() == ikeId.getAsInt())
                            && (!children.isEmpty() || (child.isEmpty() && childId.isEmpty()));
            if (wanted) {
                events.accept("list-sa", report.message(sa, children));
            }
        }
        return ViciSection.EMPTY;
    }

    private ViciSection listConns(ViciSection request, BiConsumer<String, ViciSection> events) {
        Optional<String> ike = text(request, "ike");
        for (ConnectionConfig connection : daemon.config().connections()) {
            if (ike.isEmpty() || connection.name().equals(ike.get())) {
                events.accept(
                        "list-conn",
                        ViciSection.of(b ->
                                b.section(connection.name(), ConfigReport.connection(connection))));
            }
        }
        return ViciSection.EMPTY;
    }

    private ViciSection listPolicies(ViciSection request, BiConsumer<String, ViciSection> events) {
        Optional<String> ike = text(request, "ike");
        Optional<String> childName = text(request, "child");
        boolean all =
                List.of("drop", "pass", "trap").stream()
                        .noneMatch(kind -> request.value(kind).isPresent());
        for (ConnectionConfig connection : daemon.config().connections()) {
            for (ChildConfig child : connection.children()) {
                String kind = ConfigReport.policyKind(child);
                boolean wanted =
                        !kind.isEmpty()
                                && (all || request.value(kind).filter("yes"::equals).isPresent())
                                && (ike.isEmpty() || connection.name().equals(ike.get()))
                                && (childName.isEmpty() || child.name().equals(childName.get()));
                if (wanted) {
                    events.accept("list-policy", ConfigReport.policy(connection, child));
                }
            }
        }
        return ViciSection.EMPTY;
    }

    private ViciSection getConns() {
        return list(
                "conns",
                daemon.config().connections().stream().map(ConnectionConfig::name).toList());
    }

    private ViciSection initiate(ViciSection request, BiConsumer<String, ViciSection> events) {
        Optional<String> child = text(request, "child");
        Optional<String> ike = text(request, "ike");
        if (child.isEmpty() && ike.isEmpty()) {
            return failure("say what to initiate: a child, a connection (ike), or both");
        }
        return outcome(
                daemon.initiate(
                        new DaemonControl.Initiation(ike, child, patience(request)),
                        controlLog(request, events)));
    }

    private ViciSection terminate(ViciSection request, BiConsumer<String, ViciSection> events) {
        DaemonControl.Termination termination =
                new DaemonControl.Termination(
                        text(request, "ike"),
                        text(request, "child"),
                        number(request, "ike-id"),
                        number(request, "child-id"),
                        request.value("force").filter("yes"::equals).isPresent(),
                        patience(request));
        if (termination.connection().isEmpty()
                && termination.child().isEmpty()
                && termination.ikeId().isEmpty()
                && termination.childId().isEmpty()) {
            return failure("say what to terminate: ike, child, ike-id or child-id");
        }
        DaemonControl.TerminationOutcome outcome =
                daemon.terminate(termination, controlLog(request, events));
        return ViciSection.of(b -> {
            b.all(outcome(outcome.outcome()));
            b.put("matches", outcome.matches());
            b.put("terminated", outcome.terminated());
        });
    }

    private ViciSection rekey(ViciSection request) {
        DaemonControl.Rekeying rekeying =
                new DaemonControl.Rekeying(
                        text(request, "ike"),
                        text(request, "child"),
                        number(request, "ike-id"),
                        number(request, "child-id"),
                        request.value("reauth").filter("yes"::equals).isPresent());
        if (rekeying.connection().isEmpty()
                && rekeying.child().isEmpty()
                && rekeying.ikeId().isEmpty()
                && rekeying.childId().isEmpty()) {
            return failure("say what to rekey: ike, child, ike-id or child-id");
        }
        DaemonControl.RekeyOutcome outcome = daemon.rekey(rekeying);
        return ViciSection.of(b -> {
            b.all(outcome(outcome.outcome()));
            b.put("matches", outcome.matches());
        });
    }

    private static Consumer<EngineEvent> controlLog(
            ViciSection request, BiConsumer<String, ViciSection> events) {
        int level = number(request, "loglevel").orElse(1);
        return event ->
                EventReport.controlLog(event, level)
                        .ifPresent(message -> events.accept("control-log", message));
    }

    /** {@code timeout} in milliseconds: 0 for ever, negative not at all. */
    private static Patience patience(ViciSection request) {
        Optional<String> timeout = text(request, "timeout");
        if (timeout.filter(t -> t.startsWith("-")).isPresent()) {
            return Patience.NONE;
        }
        int millis = number(request, "timeout").orElse(0);
        return millis == 0 ? Patience.ENDLESS : Patience.ofMillis(millis);
    }

    private static Optional<String> text(ViciSection request, String key) {
        return request.value(key).filter(v -> !v.isEmpty());
    }

    private static OptionalInt number(ViciSection request, String key) {
        Optional<String> text = text(request, key);
        return text.isPresent()
                        && text.get().matches("[0-9]+")
                        && text.get().length() <= MOST_NUMBER_DIGITS
                ? OptionalInt.of(Integer.parseInt(text.get()))
                : OptionalInt.empty();
    }

    private static ViciSection outcome(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done() -> success();
            case Outcome.DoneWithNotes(List<String> notes) ->
                    ViciSection.of(b -> {
                        b.put("success", "yes");
                        b.list("notes", notes.stream().map(Printable::ascii).toList());
                    });
            case Outcome.Failed(String reason, List<String> details) -> failure(reason, details);
        };
    }

    private static ViciSection list(String name, List<String> items) {
        return ViciSection.of(b -> b.list(name, items));
    }

    private static ViciSection success() {
        return ViciSection.of(b -> b.put("success", "yes"));
    }

    private static ViciSection failure(String reason) {
        return failure(reason, List.of());
    }

    /**
     * All in {@code errmsg} for swanctl, and in pieces for those who can show more than one line.
     */
    private static ViciSection failure(String reason, List<String> details) {
        String all = details.isEmpty() ? reason : reason + ": " + String.join("; ", details);
        return ViciSection.of(b -> {
            b.put("success", "no");
            b.put("errmsg", Printable.ascii(all));
            if (!details.isEmpty()) {
                b.put("reason", Printable.ascii(reason));
                b.list("details", details.stream().map(Printable::ascii).toList());
            }
        });
    }
}
