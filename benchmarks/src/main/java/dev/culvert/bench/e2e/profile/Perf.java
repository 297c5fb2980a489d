package dev.culvert.bench.e2e.profile;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Commands;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Linux's perf: samples by the clock, since few virtual machines have hardware counters. */
public final class Perf {
    private static final int SAMPLES_PER_SECOND = 997;
    private static final Pattern HEADER = Pattern.compile("(\\S.*?)\\s+(\\d+)\\s*");
    private static final Pattern FRAME = Pattern.compile("\\s+[0-9a-f]+ (.*) \\((.*)\\)");

    private final Task task;
    private final Path data;
    private final String title;
    private final double seconds;
    private final Map<Long, String> processes = new LinkedHashMap<>();

    private Perf(Task task, Path data, String title, double seconds) {
        this.task = task;
        this.data = data;
        this.title = title;
        this.seconds = seconds;
    }

    /** Begins to take samples of some JVMs, which must run with PreserveFramePointer. */
    public static Perf start(Host host, String title, List<Task> tasks, double seconds) {
        Path data = host.directory().resolve("perf-" + System.nanoTime() + ".data");
        String pids = tasks.stream().map(task -> "" + task.pid()).collect(Collectors.joining(","));
        Task task =
                host.start(
                        "perf",
                        List.of(
                                "perf",
                                "record",
                                "-e",
                                "cpu-clock",
                                "-F",
                                String.valueOf(SAMPLES_PER_SECOND),
                                "-g",
                                "-o",
                                data.toString(),
                                "-p",
                                pids,
                                "--",
                                "sleep",
                                String.valueOf(seconds)));
        Perf perf = new Perf(task, data, title, seconds);
        perf.processes.put(tasks.getFirst().pid(), "sending end,");
        perf.processes.put(tasks.getLast().pid(), "receiving end,");
        return perf;
    }

    /** Waits for the end, and reads the samples. */
    public Profile finish() {
        task.await(Math.round(seconds) + 20);
        List<Path> maps = new ArrayList<>();
        for (long pid : processes.keySet()) {
            String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            Commands.run(jcmd, String.valueOf(pid), "Compiler.perfmap");
            maps.add(Path.of("/tmp/perf-" + pid + ".map"));
        }
        try {
            String text =
                    Commands.run(
                            "perf", "script", "-i", data.toString(), "-F", "comm,pid,ip,sym,dso");
            return new Profile(title, stacks(text), processes);
        } finally {
            maps.forEach(Perf::delete);
        }
    }

    private List<Stack> stacks(String text) {
        List<Stack> stacks = new ArrayList<>();
        List<Stack.Frame> frames = new ArrayList<>();
        String thread = "";
        long pid = 0;
        for (String line : (text + "\n").lines().toList()) {
            Matcher frame = FRAME.matcher(line);
            Matcher header = HEADER.matcher(line);
            if (line.isBlank()) {
                if (processes.containsKey(pid)) {
                    stacks.add(new Stack(pid, thread, frames));
                }
                frames.clear();
                pid = 0;
            } else if (frame.matches()) {
                frames.add(new Stack.Frame(frame.group(1), frame.group(2)));
            } else if (header.matches()) {
                thread = header.group(1);
                pid = Long.parseLong(header.group(2));
            }
        }
        if (stacks.isEmpty()) {
            throw new BenchException("perf took no samples");
        }
        return stacks;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
