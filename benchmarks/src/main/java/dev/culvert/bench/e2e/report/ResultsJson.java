package dev.culvert.bench.e2e.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.culvert.bench.e2e.load.FlatJson;
import java.io.IOException;
import java.io.StringWriter;
import java.util.EnumMap;
import java.util.LinkedHashMap;
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
        for (Map.Entry<Metric, Double> entry : peer.values().entrySet()) {
            json.writeNumberField(entry.getKey().key(), rounded(entry.getValue()));
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Target.Verdict verdict) throws IOException {
        json.writeStartObject();
        json.writeStringField("what", verdict.what());
        json.writeNumberField(verdict.atLeast() ? "at_least" : "at_most", verdict.wanted());
        if (verdict.ratio().isPresent()) {
            json.writeNumberField("is", rounded(verdict.ratio().getAsDouble()));
        }
        json.writeStringField("verdict", verdict.word());
        json.writeEndObject();
    }

    private static PeerResult peer(Map<String, String> fields) {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        fields.forEach((path, value) -> {
            if (path.startsWith("values.")) {
                Metric.ofKey(path.substring("values.".length()))
                        .ifPresent(metric -> values.put(metric, Double.valueOf(value)));
            }
        });
        return new PeerResult(
                fields.getOrDefault("name", ""),
                fields.getOrDefault("description", ""),
                fields.getOrDefault("version", ""),
                Boolean.parseBoolean(fields.getOrDefault("rival", "false")),
                values,
                fields.getOrDefault("failure", ""));
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
