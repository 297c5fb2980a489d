package dev.culvert.endpoint.vici;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A message, or a section of one: named elements in order. Values are text; a peer's value that is
 * not UTF-8 loses what is not.
 *
 * @param elements in the order of the message
 */
public record ViciSection(List<Element> elements) {
    /** Nothing in it. */
    public static final ViciSection EMPTY = new ViciSection(List.of());

    public ViciSection {
        elements = List.copyOf(elements);
    }

    /** An element with its name. */
    public sealed interface Element {
        /** Up to 255 bytes. */
        String name();
    }

    /**
     * A value.
     *
     * @param value up to 65535 bytes
     */
    public record Value(String name, String value) implements Element {}

    /**
     * A list of values.
     *
     * @param items each up to 65535 bytes
     */
    public record Items(String name, List<String> items) implements Element {
        public Items {
            items = List.copyOf(items);
        }
    }

    /**
     * A section within the section.
     *
     * @param content its elements
     */
    public record Sub(String name, ViciSection content) implements Element {}

    /** Builds a section. */
    public static ViciSection of(Consumer<Builder> filler) {
        Builder builder = new Builder();
        filler.accept(builder);
        return builder.build();
    }

    /** The first value of a name. */
    public Optional<String> value(String name) {
        for (Element element : elements) {
            if (element instanceof Value(String n, String value) && n.equals(name)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /** The first list of a name; empty when there is none. */
    public List<String> items(String name) {
        for (Element element : elements) {
            if (element instanceof Items(String n, List<String> items) && n.equals(name)) {
                return items;
            }
        }
        return List.of();
    }

    /** The first section of a name; empty when there is none. */
    public ViciSection sub(String name) {
        return subs().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .map(Sub::content)
                .orElse(EMPTY);
    }

    /** The sections in this one. */
    public List<Sub> subs() {
        List<Sub> subs = new ArrayList<>();
        for (Element element : elements) {
            if (element instanceof Sub sub) {
                subs.add(sub);
            }
        }
        return subs;
    }

    /** The lists in this section. */
    public List<Items> lists() {
        List<Items> lists = new ArrayList<>();
        for (Element element : elements) {
            if (element instanceof Items list) {
                lists.add(list);
            }
        }
        return lists;
    }

    /** The values in this section. */
    public List<Value> values() {
        List<Value> values = new ArrayList<>();
        for (Element element : elements) {
            if (element instanceof Value value) {
                values.add(value);
            }
        }
        return values;
    }

    /** Builds a section, element by element. */
    public static final class Builder {
        private final List<Element> elements = new ArrayList<>();

        /** Adds a value. */
        public Builder put(String name, String value) {
            elements.add(new Value(name, value));
            return this;
        }

        /** Adds a number, in decimal. */
        public Builder put(String name, long value) {
            return put(name, Long.toString(value));
        }

        /** Adds {@code yes}, or nothing: clients test such keys by presence. */
        public Builder putIf(boolean condition, String name) {
            return condition ? put(name, "yes") : this;
        }

        /** Adds a list. */
        public Builder list(String name, Collection<String> items) {
            elements.add(new Items(name, List.copyOf(items)));
            return this;
        }

        /** Adds a section. */
        public Builder section(String name, ViciSection content) {
            elements.add(new Sub(name, content));
            return this;
        }

        /** Adds a section with a number for each name. */
        public Builder numbers(String name, Map<String, Long> numbers) {
            return section(name, of(b -> numbers.forEach(b::put)));
        }

        /** Adds all elements of a section. */
        public Builder all(ViciSection section) {
            elements.addAll(section.elements());
            return this;
        }

        /** The section. */
        public ViciSection build() {
            return new ViciSection(elements);
        }
    }
}
