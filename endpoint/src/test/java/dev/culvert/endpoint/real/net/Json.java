package dev.culvert.endpoint.real.net;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value.
 *
 * @param value a {@code Map}, a {@code List}, or a plain value's text
 */
public record Json(Object value) {

    /** Reads a document. */
    public static Json parse(String text) {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            parser.nextToken();
            return new Json(read(parser));
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    /** The member of an object; fails when it is missing. */
    public Json at(String name) {
        if (value instanceof Map<?, ?> map && map.containsKey(name)) {
            return new Json(map.get(name));
        }
        throw new AssertionError("no " + name + " in " + value);
    }

    /** A member that is a number; 0 when it is missing. */
    public long number(String name) {
        return value instanceof Map<?, ?> map && map.containsKey(name)
                ? Long.parseLong(String.valueOf(map.get(name)))
                : 0;
    }

    /** The members of an object that are numbers. */
    public Map<String, Long> numbers() {
        Map<String, Long> numbers = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, v) ->
                    numbers.put(String.valueOf(name), Long.valueOf(String.valueOf(v))));
        }
        return numbers;
    }

    /** The items of a list. */
    public List<Json> items() {
        return value instanceof List<?> list ? list.stream().map(Json::new).toList() : List.of();
    }

    private static Object read(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            Map<String, Object> map = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                map.put(name, read(parser));
            }
            return map;
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(read(parser));
            }
            return list;
        }
        return String.valueOf(parser.getText());
    }

    @Override
    public String toString() {
        return String.valueOf(value);
    }
}
