package dev.culvert.bench.e2e.profile;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Samples of processes during one load. */
public final class Profile {
    private static final int INNERMOST_SHOWN = 14;

    private final String title;
    private final List<Stack> stacks;
    private final Map<Long, String> processes;

    Profile(String title, List<Stack> stacks, Map<Long, String> processes) {
        this.title = title;
        this.stacks = List.copyOf(stacks);
        this.processes = new LinkedHashMap<>(processes);
    }

    /** A table in Markdown: rows for what it is spent on, columns for threads. */
    public String markdown() {
        Map<String, Map<Share, Integer>> columns = new LinkedHashMap<>();
        Map<String, Integer> copies = new LinkedHashMap<>();
        for (String process : processes.values()) {
            for (String thread : List.of("outbound", "inbound", "other")) {
                columns.put(process + " " + thread, new EnumMap<>(Share.class));
            }
        }
        for (Stack stack : stacks) {
            String column = processes.get(stack.pid()) + " " + role(stack.thread());
            columns.get(column).merge(Share.of(stack), 1, Integer::sum);
            copies.merge(column, Share.isCopying(stack) ? 1 : 0, Integer::sum);
        }
        columns.values().removeIf(column -> sum(column) * 200 < stacks.size());

        StringBuilder text =
                new StringBuilder("**" + title + "**, % of the samples in both processes\n\n| |");
        columns.keySet().forEach(name -> text.append(' ').append(name).append(" |"));
        text.append("\n|---|").append("---:|".repeat(columns.size())).append('\n');
        for (Share share : Share.values()) {
            List<Double> row = new ArrayList<>();
            columns.values().forEach(column -> row.add(percent(column.getOrDefault(share, 0))));
            if (row.stream().anyMatch(value -> value >= 0.05)) {
                appendRow(text, share.title(), row);
            }
        }
        List<Double> copied = new ArrayList<>();
        List<Double> sums = new ArrayList<>();
        columns.forEach((name, column) -> {
            copied.add(percent(copies.getOrDefault(name, 0)));
            sums.add(percent(sum(column)));
        });
        appendRow(text, "together", sums);
        appendRow(text, "of that: the kernel copying bytes", copied);
        return text.append(innermost()).toString();
    }

    /** The functions that most time is spent in, callees not counted. */
    private String innermost() {
        Map<String, Integer> samples = new LinkedHashMap<>();
        for (Stack stack : stacks) {
            if (!stack.frames().isEmpty()) {
                String function = shortened(stack.frames().getFirst().function());
                samples.merge(function, 1, Integer::sum);
            }
        }
        return samples.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(INNERMOST_SHOWN)
                .map(entry -> "%s %.1f %%".formatted(entry.getKey(), percent(entry.getValue())))
                .collect(Collectors.joining(", ", "\nMost time, callees not counted: ", "\n"));
    }

    /** A flame graph. */
    public String flameGraph() {
        FlameGraph graph = new FlameGraph(title);
        for (Stack stack : stacks) {
            List<String> path = new ArrayList<>();
            path.add(processes.get(stack.pid()));
            path.add(stack.thread());
            for (Stack.Frame frame : stack.frames().reversed()) {
                path.add(shortened(frame.function()));
            }
            graph.add(path);
        }
        return graph.svg();
    }

    private double percent(int samples) {
        return 100.0 * samples / stacks.size();
    }

    private static int sum(Map<Share, Integer> column) {
        return column.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static void appendRow(StringBuilder text, String title, List<Double> values) {
        text.append("| ").append(title).append(" |");
        values.forEach(value -> text.append(" %.1f |".formatted(value)));
        text.append('\n');
    }

    private static String role(String thread) {
        if (thread.contains("outbound")) {
            return "outbound";
        }
        return thread.contains("inbound") ? "inbound" : "other";
    }

    /** Class and method, without result, package and parameters. */
    private static String shortened(String function) {
        String name = function.replaceFirst("\\(.*", "").replaceFirst(".* ", "");
        String[] parts = name.split("\\.", -1);
        return parts.length > 2 && name.matches("[a-z][\\w.$<>]*\\.[A-Z][\\w$<>]*\\.[\\w$<>]+")
                ? parts[parts.length - 2] + "." + parts[parts.length - 1]
                : name;
    }
}
