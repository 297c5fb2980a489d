package dev.culvert.bench.e2e;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.peer.Java;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The command line.
 *
 * @param rounds how often everything is measured
 * @param peers names of the peers that were asked for; empty for the default ones
 * @param output directory of the results
 * @param append whether results that are there already are kept
 */
record Options(int rounds, List<String> peers, Set<Section> sections, Path output, boolean append) {

    private static final int DEFAULT_ROUNDS = 3;

    /** Copies the lists. */
    Options {
        peers = List.copyOf(peers);
        sections = Set.copyOf(sections);
    }

    /**
     * Reads it.
     *
     * @throws BenchException with advice if it is wrong
     */
    static Options parse(String[] arguments) {
        int rounds = DEFAULT_ROUNDS;
        boolean append = false;
        List<String> peers = List.of();
        Set<Section> sections = EnumSet.complementOf(EnumSet.of(Section.PROFILE));
        Path output = Java.home().resolve("benchmarks/target/bench");
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> rounds = 1;
                case "--rounds" -> rounds = rounds(list(arguments, ++i).getFirst());
                case "--append" -> append = true;
                case "--peers" -> peers = list(arguments, ++i);
                case "--only" -> sections = sections(list(arguments, ++i));
                case "--output" -> output = Path.of(list(arguments, ++i).getFirst());
                default ->
                        throw new BenchException(
                                arguments[i] + ": no such option; see scripts/bench --help");
            }
        }
        return new Options(rounds, peers, sections, output, append);
    }

    private static int rounds(String text) {
        if (!text.matches("[1-9]\\d?")) {
            throw new BenchException("--rounds " + text + ": expected a number from 1 to 99");
        }
        return Integer.parseInt(text);
    }

    private static List<String> list(String[] arguments, int i) {
        if (i >= arguments.length || arguments[i].isBlank()) {
            throw new BenchException(arguments[i - 1] + " wants a value");
        }
        return List.of(arguments[i].split(",", -1));
    }

    private static Set<Section> sections(List<String> names) {
        List<Section> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(
                    Arrays.stream(Section.values())
                            .filter(section -> section.label().equals(name))
                            .findFirst()
                            .orElseThrow(() -> new BenchException(unknown(name))));
        }
        return EnumSet.copyOf(chosen);
    }

    private static String unknown(String name) {
        return name
                + ": no such part; there are "
                + String.join(", ", Arrays.stream(Section.values()).map(Section::label).toList());
    }
}
