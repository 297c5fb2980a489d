package dev.culvert.endpoint.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Files of the host's file system. */
final class FileSource implements ConfigSource {
    private static final long MOST_BYTES = 4L << 20;

    @Override
    public Reading read(Path file) {
        if (!Files.exists(file)) {
            return new Reading.Unreadable("there is no such file");
        }
        if (!Files.isRegularFile(file) && Files.isDirectory(file)) {
            return new Reading.Unreadable("it is a directory");
        }
        if (!Files.isReadable(file)) {
            return new Reading.Unreadable("permission denied");
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                return new Reading.Unreadable("it is larger than 4 MiB");
            }
            return new Reading.Text(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Reading.Unreadable(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<Path> glob(Path pattern) {
        Path root = pattern.isAbsolute() ? pattern.getRoot() : Path.of("");
        List<Path> found = List.of(root);
        for (Path part : pattern) {
            List<Path> next = new ArrayList<>();
            for (Path directory : found) {
                next.addAll(matches(directory, part.toString()));
            }
            found = next;
        }
        return found;
    }

    private static List<Path> matches(Path directory, String part) {
        if (!Glob.isPattern(part)) {
            Path path = directory.resolve(part);
            return Files.exists(path) ? List.of(path) : List.of();
        }
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(child -> Glob.matches(part, child.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    @Override
    public Path identity(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file.toAbsolutePath().normalize();
        }
    }

    @Override
    public boolean isReadableByOthers(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
