package dev.culvert.bench.e2e.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;

/** One of the two ends: a network namespace, and the processes that were started in it. */
public final class Host {
    private final String namespace;
    private final Side side;
    private final Path directory;
    private final Deque<Task> tasks = new ConcurrentLinkedDeque<>();

    Host(String namespace, Side side, Path directory) {
        this.namespace = namespace;
        this.side = side;
        this.directory = directory;
    }

    public Side side() {
        return side;
    }

    /** For files of this end's processes. */
    public Path directory() {
        return directory;
    }

    /** Runs a command here that must succeed. */
    public String run(String... words) {
        return Commands.run(inside(Arrays.asList(words)));
    }

    /** Runs a command here and gives its output, whatever its status. */
    public Commands.Outcome tryRun(String... words) {
        return Commands.tryRun(inside(Arrays.asList(words)));
    }

    /** Runs {@code ip} for this namespace. */
    public String ip(String words) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
        command.addAll(List.of(words.split(" ", -1)));
        return Commands.run(command);
    }

    /** Starts a process here; its output goes to a file of that name. */
    public Task start(String name, Map<String, String> environment, List<String> command) {
        Path output = directory.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(inside(command))
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        return remember(Task.start(name, builder, output));
    }

    /** As {@link #start(String, Map, List)}, without additions to the environment. */
    public Task start(String name, List<String> command) {
        return start(name, Map.of(), command);
    }

    /** Starts a process that is talked to over its standard input and output. */
    public Task startDialogue(String name, List<String> command) {
        Path output = directory.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(inside(command))
                        .redirectError(ProcessBuilder.Redirect.appendTo(output.toFile()));
        return remember(Task.start(name, builder, output));
    }

    void close() {
        while (!tasks.isEmpty()) {
            tasks.pop().close();
        }
    }

    private Task remember(Task task) {
        tasks.push(task);
        return task;
    }

    private List<String> inside(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(command);
        return whole;
    }
}
