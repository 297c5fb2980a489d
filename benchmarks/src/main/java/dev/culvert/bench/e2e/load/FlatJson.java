package dev.culvert.bench.e2e.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.culvert.bench.e2e.lab.BenchException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** A JSON text as a map from paths such as {@code end.streams.0.bytes} to values. */
public final class FlatJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, String> values;

    private FlatJson(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads a text.
     *
     * @throws BenchException if it is not JSON
     */
    public static FlatJson parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        try (JsonParser parser = FACTORY.createParser(text)) {
            while (parser.nextToken() != null) {
                JsonToken token = parser.currentToken();
                if (token.isScalarValue()) {
                    String path =
                            parser.getParsingContext().pathAsPointer().toString().substring(1);
                    values.put(path.replace('/', '.'), parser.getText());
                }
            }
        } catch (IOException e) {
            throw new BenchException("no JSON: " + e.getMessage() + "\n" + text);
        }
        return new FlatJson(values);
    }

    /** A number. */
    public double number(String path) {
        return Double.parseDouble(text(path));
    }

    /** A text. */
    public String text(String path) {
        String value = values.get(path);
        if (value == null) {
            throw new BenchException("no " + path + " in " + values);
        }
        return value;
    }

    /** All of it, in the order of the text. */
    public Map<String, String> values() {
        return new LinkedHashMap<>(values);
    }
}
