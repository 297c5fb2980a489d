package dev.culvert.bench.e2e.load;

import dev.culvert.bench.e2e.lab.BenchException;
import dev.culvert.bench.e2e.lab.Host;
import dev.culvert.bench.e2e.lab.Task;
import dev.culvert.bench.e2e.peer.Java;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A {@link LoadAgent} in a namespace, as seen from here. */
final class Dialogue implements AutoCloseable {
    private final Task task;
    private final PrintStream commands;
    private final BufferedReader answers;

    private Dialogue(Task task) {
        this.task = task;
        commands =
                new PrintStream(task.process().getOutputStream(), true, StandardCharsets.US_ASCII);
        answers = task.process().inputReader(StandardCharsets.US_ASCII);
    }

    static Dialogue start(Host host, String name) {
        return new Dialogue(
                host.startDialogue(
                        name, Java.command(LoadAgent.class, List.of(), host.side().inner())));
    }

    /** Asks, without waiting for the answer. */
    void tell(String command) {
        commands.println(command);
    }

    /**
     * The next answer.
     *
     * @param expected its first word
     * @return the numbers behind that word
     */
    long[] answer(String expected) {
        try {
            String line = answers.readLine();
            if (line == null || !line.startsWith(expected)) {
                throw new BenchException("the load generator says: " + line + "\n" + task.output());
            }
            String[] words = line.split(" ", -1);
            long[] numbers = new long[words.length - 1];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Long.parseLong(words[i + 1]);
            }
            return numbers;
        } catch (IOException e) {
            throw new BenchException("the load generator is gone: " + e.getMessage());
        }
    }

    long[] ask(String command, String expected) {
        tell(command);
        return answer(expected);
    }

    @Override
    public void close() {
        task.close();
    }
}
