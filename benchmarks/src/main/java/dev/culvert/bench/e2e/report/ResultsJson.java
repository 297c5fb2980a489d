package dev.culvert.bench.e2e.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.culvert.bench.e2e.load.FlatJson;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as JSON, and back. */
public final class ResultsJson {
    private ResultsJson() {}

    /** All of it, and the verdicts. */
    public static String write(Results results) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeObjectFieldStart("machine");
            for (Map.Entry<String, String> entry : results.machine().entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeArrayFieldStart("peers");
            for (PeerResult peer : results.peers()) {
                write(json, peer);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("targets");
            for (Target.Verdict verdict : Target.verdicts(results)) {
                write(json, verdict);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text + "\n";
    }

    /** Reads what {@link #write} wrote. */
    public static Results read(String text) {
        Map<String, String> machine = new LinkedHashMap<>();
        Map<Integer, Map<String, String>> peers = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : FlatJson.parse(text).values().entrySet()) {
            String path = entry.getKey();
            if (path.startsWith("machine.")) {
                machine.put(path.substring("machine.".length()), entry.getValue());
            } else if (path.startsWith("peers.")) {
                int dot = path.indexOf('.', "peers.".length());
                int number = Integer.parseInt(path.substring("peers.".length(), dot));
                peers.computeIfAbsent(number, key -> new LinkedHashMap<>())
                        .put(path.substring(dot + 1), entry.getValue());
            }
        }
        return new Results(machine, peers.values().stream().map(ResultsJson::peer).toList());
    }

    private static void write(JsonGenerator json, PeerResult peer) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", peer.name());
        json.writeStringField("description", peer.description());
        json.writeStringField("version", peer.version());
        json.writeBooleanField("rival", peer.rival());
        json.writeStringField("failure", peer.failure());
        json.writeObjectFieldStart("values");
        for (Metric metric : peer.rounds().keySet()) {
            json.writeNumberField(metric.key(), rounded(peer.value(metric).orElseThrow()));
        }
        json.writeEndObject();
        json.writeObjectFieldStart("rounds");
        for (Map.Entry<Metric, List<Double>> entry : peer.rounds().entrySet()) {
            json.writeArrayFieldStart(entry.getKey().key());
            for (double value : entry.getValue()) {
                json.writeNumber(rounded(value));
            }
            json.writeEndArray();
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Target.Verdict verdict) throws IOException {
        json.writeStartObject();
        json.writeStringField("what", verdict.target().what());
        json.writeNumberField(
                verdict.target().atLeast() ? "at_least" : "at_most", verdict.target().wanted());
        if (verdict.reached().isPresent()) {
            json.writeNumberField("is", rounded(verdict.reached().getAsDouble()));
            json.writeNumberField("lowest_round", rounded(verdict.lowest()));
            json.writeNumberField("highest_round", rounded(verdict.highest()));
        }
        json.writeStringField("verdict", verdict.word());
        json.writeEndObject();
    }

    private static PeerResult peer(Map<String, String> fields) {
        Map<Metric, List<Double>> rounds = new EnumMap<>(Metric.class);
        fields.forEach((path, value) -> {
            if (path.startsWith("rounds.")) {
                String key = path.substring("rounds.".length(), path.lastIndexOf('.'));
                Metric.ofKey(key)
                        .ifPresent(metric ->
                                rounds.computeIfAbsent(metric, m -> new ArrayList<>())
                                        .add(Double.valueOf(value)));
            }
        });
        return new PeerResult(
                fields.getOrDefault("name", ""),
                fields.getOrDefault("description", ""),
                fields.getOrDefault("version", ""),
                Boolean.parseBoolean(fields.getOrDefault("rival", "false")),
                rounds,
                fields.getOrDefault("failure", ""));
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
