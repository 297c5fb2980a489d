package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciClient;
import dev.culvert.endpoint.vici.ViciSection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Puts together what {@code culvert status} shows from the daemon's answers. */
final class StatusReader {
    private static final int MOST_DIGITS = 18;
    private static final String DROP = "drop-";

    private StatusReader() {}

    static StatusModel read(ViciClient client) throws IOException {
        Map<String, ViciSection> configured = new LinkedHashMap<>();
        client.stream(
                "list-conns",
                ViciSection.EMPTY,
                "list-conn",
                message -> message.subs().forEach(s -> configured.put(s.name(), s.content())));
        Map<String, List<StatusModel.IkeSa>> sas = new LinkedHashMap<>();
        client.stream(
                "list-sas",
                ViciSection.EMPTY,
                "list-sa",
                message ->
                        message.subs()
                                .forEach(s ->
                                        sas.computeIfAbsent(s.name(), n -> new ArrayList<>())
                                                .add(ikeSa(s.content()))));
        return model(
                client.call("culvert-status", ViciSection.EMPTY),
                connections(configured, sas),
                client
                        .call("get-pools", ViciSection.of(b -> b.put("leases", "yes")))
                        .subs()
                        .stream()
                        .map(StatusReader::pool)
                        .toList());
    }

    private static StatusModel.Pool pool(ViciSection.Sub pool) {
        ViciSection section = pool.content();
        return new StatusModel.Pool(
                pool.name(),
                text(section, "base"),
                number(section, "size").orElse(0),
                number(section, "online").orElse(0),
                number(section, "offline").orElse(0),
                section.sub("leases").subs().stream()
                        .map(ViciSection.Sub::content)
                        .map(lease ->
                                new StatusModel.Lease(
                                        text(lease, "address"),
                                        text(lease, "identity"),
                                        text(lease, "status")))
                        .toList());
    }

    private static StatusModel model(
            ViciSection status,
            List<StatusModel.Connection> connections,
            List<StatusModel.Pool> pools) {
        return new StatusModel(
                text(status, "version"),
                number(status, "uptime-seconds").orElse(0),
                text(status, "engine"),
                number(status, "agents").orElse(1),
                text(status, "steering"),
                number(status, "crypto-workers").orElse(0),
                offloads(status.sub("offloads")),
                text(status, "tun-name"),
                number(status, "tun-mtu").orElse(0),
                status.items("listening"),
                text(status, "run-dir"),
                number(status, "half-open").orElse(0),
                connections,
                pools,
                numbers(status.sub("drops"), ""),
                numbers(status.sub("dataplane"), ""),
                numbers(status.sub("ike"), ""));
    }

    private static Map<String, StatusModel.Offload> offloads(ViciSection section) {
        Map<String, StatusModel.Offload> offloads = new LinkedHashMap<>();
        for (ViciSection.Sub sub : section.subs()) {
            offloads.put(
                    sub.name(),
                    new StatusModel.Offload(
                            text(sub.content(), "wanted").equals("yes"),
                            text(sub.content(), "in-use").equals("yes"),
                            text(sub.content(), "reason")));
        }
        return offloads;
    }

    private static List<StatusModel.Connection> connections(
            Map<String, ViciSection> configured, Map<String, List<StatusModel.IkeSa>> sas) {
        List<StatusModel.Connection> connections = new ArrayList<>();
        configured.forEach((name, section) ->
                connections.add(
                        new StatusModel.Connection(
                                name,
                                true,
                                section.items("local_addrs"),
                                section.items("remote_addrs"),
                                section.sub("children").subs().stream()
                                        .map(StatusReader::child)
                                        .toList(),
                                sas.getOrDefault(name, List.of()))));
        sas.forEach((name, ofName) -> {
            if (!configured.containsKey(name)) {
                connections.add(
                        new StatusModel.Connection(
                                name, false, List.of(), List.of(), List.of(), ofName));
            }
        });
        return connections;
    }

    private static StatusModel.Child child(ViciSection.Sub child) {
        ViciSection section = child.content();
        return new StatusModel.Child(
                child.name(),
                text(section, "mode"),
                text(section, "start_action"),
                section.items("local-ts"),
                section.items("remote-ts"));
    }

    private static StatusModel.IkeSa ikeSa(ViciSection sa) {
        return new StatusModel.IkeSa(
                number(sa, "uniqueid").orElse(0),
                text(sa, "state"),
                sa.value("initiator").isPresent(),
                text(sa, "local-host") + "[" + text(sa, "local-port") + "]",
                text(sa, "local-id"),
                text(sa, "remote-host") + "[" + text(sa, "remote-port") + "]",
                text(sa, "remote-id"),
                sa.value("nat-local").isPresent(),
                sa.value("nat-remote").isPresent(),
                sa.value("mobike").isPresent(),
                sa.items("remote-additional-addrs"),
                text(sa, "initiator-spi"),
                text(sa, "responder-spi"),
                suite(sa),
                number(sa, "established"),
                number(sa, "rekey-time"),
                number(sa, "reauth-time"),
                sa.items("local-vips"),
                sa.items("remote-vips"),
                sa.sub("child-sas").subs().stream().map(s -> childSa(s.content())).toList());
    }

    private static StatusModel.ChildSa childSa(ViciSection sa) {
        return new StatusModel.ChildSa(
                text(sa, "name"),
                number(sa, "uniqueid").orElse(0),
                number(sa, "reqid").orElse(0),
                text(sa, "state"),
                suite(sa),
                text(sa, "spi-in"),
                text(sa, "spi-out"),
                traffic(sa, "in"),
                traffic(sa, "out"),
                number(sa, "install-time"),
                number(sa, "rekey-time"),
                number(sa, "life-time"),
                sa.items("local-ts"),
                sa.items("remote-ts"),
                numbers(sa, DROP));
    }

    private static StatusModel.Traffic traffic(ViciSection sa, String direction) {
        return new StatusModel.Traffic(
                number(sa, "bytes-" + direction).orElse(0),
                number(sa, "packets-" + direction).orElse(0),
                number(sa, "use-" + direction));
    }

    /** The algorithms, joined as swanctl does. */
    private static String suite(ViciSection sa) {
        String encryption =
                text(sa, "encr-alg") + sa.value("encr-keysize").map(bits -> "-" + bits).orElse("");
        return Stream.of(
                        encryption,
                        text(sa, "integ-alg"),
                        text(sa, "prf-alg"),
                        text(sa, "dh-group"),
                        sa.value("esn").isPresent() ? "ESN" : "")
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("/"));
    }

    private static Map<String, Long> numbers(ViciSection section, String prefix) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        for (ViciSection.Value value : section.values()) {
            if (value.name().startsWith(prefix)) {
                number(section, value.name())
                        .ifPresent(n -> numbers.put(value.name().substring(prefix.length()), n));
            }
        }
        return numbers;
    }

    private static String text(ViciSection section, String key) {
        return section.value(key).orElse("");
    }

    private static OptionalLong number(ViciSection section, String key) {
        String text = text(section, key);
        return text.matches("[0-9]+") && text.length() <= MOST_DIGITS
                ? OptionalLong.of(Long.parseLong(text))
                : OptionalLong.empty();
    }
}
