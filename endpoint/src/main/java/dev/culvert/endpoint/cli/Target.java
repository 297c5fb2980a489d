package dev.culvert.endpoint.cli;

import dev.culvert.endpoint.vici.ViciClient;
import dev.culvert.endpoint.vici.ViciSection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a name on the command line stands for.
 *
 * @param connection the connection
 * @param child one of its children; empty: the connection with all of them
 */
record Target(String connection, Optional<String> child) {

    /** What came of looking a name up. */
    sealed interface Lookup {
        /** One thing. */
        record Found(Target target) implements Lookup {}

        /**
         * None, or several.
         *
         * @param message for the user
         */
        record NotFound(String message) implements Lookup {}
    }

    /** Looks up CONNECTION, CHILD or CONNECTION.CHILD; names themselves have no dots. */
    static Lookup lookUp(ViciClient client, String name) throws IOException {
        List<Target> all = new ArrayList<>();
        client.stream(
                "list-conns",
                ViciSection.EMPTY,
                "list-conn",
                message -> message.subs().forEach(connection -> add(connection, all)));
        for (Target target : all) {
            if (target.qualifiedName().equals(name)) {
                return new Lookup.Found(target);
            }
        }
        List<Target> children =
                all.stream().filter(t -> t.child().filter(name::equals).isPresent()).toList();
        if (children.size() == 1) {
            return new Lookup.Found(children.getFirst());
        }
        if (!children.isEmpty()) {
            return new Lookup.NotFound(
                    "several connections have a child \""
                            + name
                            + "\"; name one of "
                            + String.join(
                                    ", ", children.stream().map(Target::qualifiedName).toList()));
        }
        TreeSet<String> names = new TreeSet<>();
        all.forEach(t -> names.add(t.qualifiedName()));
        return new Lookup.NotFound(
                "no connection or child is called \""
                        + name
                        + "\"; "
                        + (names.isEmpty()
                                ? "the daemon has none"
                                : "the daemon has " + String.join(", ", names)));
    }

    String qualifiedName() {
        return child.map(c -> connection + "." + c).orElse(connection);
    }

    /** As a request has it. */
    ViciSection.Builder request() {
        ViciSection.Builder request = new ViciSection.Builder().put("ike", connection);
        child.ifPresent(c -> request.put("child", c));
        return request;
    }

    private static void add(ViciSection.Sub connection, List<Target> into) {
        into.add(new Target(connection.name(), Optional.empty()));
        for (ViciSection.Sub child : connection.content().sub("children").subs()) {
            into.add(new Target(connection.name(), Optional.of(child.name())));
        }
    }
}
