package dev.culvert.bench.e2e.report;

import dev.culvert.bench.e2e.profile.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of a run in one directory. */
public final class Output {
    private final Path directory;

    public Output(Path directory) {
        this.directory = directory;
    }

    /** The peers of the run that is there already; none if there is none. */
    public List<PeerResult> earlierPeers() throws IOException {
        Path file = directory.resolve("results.json");
        return Files.exists(file) ? ResultsJson.read(Files.readString(file)).peers() : List.of();
    }

    /** Writes results.json, results.md, throughput.svg and latency.svg. */
    public void write(Results results) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.json"), ResultsJson.write(results));
        Files.writeString(directory.resolve("results.md"), markdown(results));
        Files.writeString(directory.resolve("throughput.svg"), Charts.throughput(results));
        Files.writeString(directory.resolve("latency.svg"), Charts.latency(results));
    }

    /** Writes a profile as a table and as a flame graph. */
    public void write(String name, Profile profile) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("profile-" + name + ".md"), profile.markdown());
        Files.writeString(directory.resolve("profile-" + name + ".svg"), profile.flameGraph());
    }

    /** The tables for the terminal. */
    public String text(Results results) {
        StringBuilder text = new StringBuilder(Table.text(results)).append('\n');
        for (Target.Verdict verdict : Target.verdicts(results)) {
            text.append(verdict.line()).append('\n');
        }
        return text.append("\nJSON and charts: ").append(directory).toString();
    }

    private static String markdown(Results results) {
        StringBuilder text = new StringBuilder(Table.markdown(results));
        text.append(
                "\n| Target | wanted | reached | lowest and highest round | |\n|---|---|---|---|---|\n");
        for (Target.Verdict verdict : Target.verdicts(results)) {
            text.append(verdict.markdown()).append('\n');
        }
        text.append("\n| Peer | Version | What |\n|---|---|---|\n");
        for (PeerResult peer : results.peers()) {
            text.append(
                    "| %s | %s | %s |%n"
                            .formatted(peer.name(), peer.version(), peer.description()));
        }
        return text.toString();
    }
}
