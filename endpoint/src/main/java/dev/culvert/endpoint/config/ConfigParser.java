package dev.culvert.endpoint.config;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the grammar of strongswan.conf and swanctl.conf: sections, references, values, comments and
 * included files.
 *
 * <pre>
 * file      := (section | keyvalue | include)*
 * section   := name [":" absname ("," absname)*] "{" (section | keyvalue | include)* "}"
 * keyvalue  := name "=" [value]
 * include   := "include" pattern
 * absname   := name ("." name)*
 * value     := (word | quoted)+          ends at the line's end, "#" or "}"
 * quoted    := '"' (character | "\n" | "\r" | "\t" | "\" character)* '"'      may span lines
 * </pre>
 *
 * After a fault it goes on with the next statement, so that one run reports them all. No message
 * repeats what is written in the file: where the syntax is wrong, any word may be part of a secret.
 */
final class ConfigParser {
    private static final int MOST_INCLUDE_LEVELS = 10;
    private static final int MOST_FILES = 1000;
    private static final int MOST_SECTION_LEVELS = 32;

    private final ConfigSource source;
    private final Problems problems;
    private final Set<String> filesInOrder = new LinkedHashSet<>();
    private final Deque<Path> open = new ArrayDeque<>();
    private int filesRead;

    ConfigParser(ConfigSource source, Problems problems) {
        this.source = source;
        this.problems = problems;
    }

    /** Names of the files read, in the order of reading. */
    Set<String> filesInOrder() {
        return filesInOrder;
    }

    /** Reads a file and all that it includes. */
    RawSection parse(Path file) {
        SourcePosition start = new SourcePosition(file.toString(), 1, 1);
        RawSection root = new RawSection("", start);
        parseFile(file, root, start);
        return root;
    }

    private void parseFile(Path file, RawSection into, SourcePosition from) {
        filesInOrder.add(from.file());
        switch (source.read(file)) {
            case ConfigSource.Reading.Unreadable(String reason) ->
                    problems.error(from, "cannot read " + file + ": " + reason);
            case ConfigSource.Reading.Text(String text) -> {
                filesRead++;
                filesInOrder.add(file.toString());
                open.addLast(source.identity(file));
                Cursor cursor = new Cursor(file.toString(), text);
                parseStatements(cursor, file, into, 0);
                open.removeLast();
            }
        }
    }

    /** Statements up to the end of the file, or, in a section, up to its closing brace. */
    private void parseStatements(Cursor cursor, Path file, RawSection section, int level) {
        while (true) {
            cursor.skipSpace();
            if (cursor.atEnd()) {
                return;
            }
            if (cursor.peek() == '}') {
                if (level > 0) {
                    return;
                }
                problems.structuralError(
                        cursor.position(), "'}' closes no section; one brace too many?");
                cursor.next();
                continue;
            }
            parseStatement(cursor, file, section, level);
        }
    }

    private void parseStatement(Cursor cursor, Path file, RawSection section, int level) {
        SourcePosition position = cursor.position();
        String name = cursor.name();
        if (name.isEmpty()) {
            problems.error(
                    position,
                    "expected the name of a key or a section, found " + cursor.describe());
            skipStatement(cursor, file, level);
            return;
        }
        SourcePosition afterName = cursor.position();
        cursor.skipBlanks();
        if (name.equals("include") && isIncludePattern(cursor, afterName)) {
            parseInclude(cursor, file, section);
            return;
        }
        if (cursor.peek() == '=') {
            cursor.next();
            parseValue(cursor, section, name, position);
            return;
        }
        SourcePosition here = cursor.position();
        String found = cursor.describe();
        cursor.skipSpace();
        switch (cursor.peek()) {
            case '{', ':' -> parseSection(cursor, file, section, name, position, level);
            default -> {
                problems.error(here, "expected '=', '{' or ':' after a name, found " + found);
                if (here.equals(cursor.position())) {
                    skipStatement(cursor, file, level);
                }
            }
        }
    }

    private static boolean isIncludePattern(Cursor cursor, SourcePosition afterName) {
        char c = cursor.peek();
        return !cursor.position().equals(afterName) && c != '=' && c != '{' && c != ':';
    }

    private void parseSection(
            Cursor cursor,
            Path file,
            RawSection parent,
            String name,
            SourcePosition position,
            int level) {
        RawSection section =
                parent.sections.computeIfAbsent(name, n -> new RawSection(n, position));
        warnIfReopened(section, position, level);
        if (cursor.peek() == ':' && !parseReferences(cursor, section)) {
            skipStatement(cursor, file, level);
            return;
        }
        parseBody(cursor, file, section, level);
    }

    /**
     * Only below the top level: opening {@code connections} twice is usual, opening a connection
     * twice is not.
     */
    private void warnIfReopened(RawSection section, SourcePosition position, int level) {
        if (level > 0
                && !section.position.equals(position)
                && section.position.file().equals(position.file())) {
            problems.warning(
                    position,
                    "this section was already opened on line "
                            + section.position.line()
                            + "; what is in here is added to it");
        }
    }

    /** From the opening brace to the closing one. */
    private void parseBody(Cursor cursor, Path file, RawSection section, int level) {
        SourcePosition brace = cursor.position();
        cursor.next();
        if (level + 1 > MOST_SECTION_LEVELS) {
            problems.error(brace, "sections are nested more than " + MOST_SECTION_LEVELS + " deep");
            skipBraces(cursor);
            return;
        }
        parseStatements(cursor, file, section, level + 1);
        if (cursor.atEnd()) {
            problems.structuralError(
                    brace, "the section that begins here is never closed: expected a '}'");
        } else {
            cursor.next();
        }
    }

    private boolean parseReferences(Cursor cursor, RawSection section) {
        do {
            cursor.next();
            cursor.skipSpace();
            SourcePosition position = cursor.position();
            List<String> path = new ArrayList<>();
            path.add(cursor.name());
            while (cursor.peek() == '.') {
                cursor.next();
                path.add(cursor.name());
            }
            if (path.contains("")) {
                problems.error(
                        cursor.position(),
                        "expected the absolute name of a section, such as"
                                + " \"conn-defaults\" or \"connections.gw\", found "
                                + cursor.describe());
                return false;
            }
            section.references.add(new RawSection.Reference(path, position));
            cursor.skipSpace();
        } while (cursor.peek() == ',');
        if (cursor.peek() != '{' || cursor.atEnd()) {
            problems.error(
                    cursor.position(),
                    "expected ',' or '{' after the references, found " + cursor.describe());
            return false;
        }
        return true;
    }

    private void parseValue(
            Cursor cursor, RawSection section, String key, SourcePosition keyPosition) {
        cursor.skipBlanks();
        SourcePosition valuePosition = cursor.position();
        StringBuilder value = new StringBuilder();
        boolean first = true;
        while (!cursor.atEnd() && "\n#}".indexOf(cursor.peek()) < 0) {
            if (!first) {
                value.append(' ');
            }
            first = false;
            if (cursor.peek() == '"') {
                if (!parseQuoted(cursor, value)) {
                    return;
                }
            } else {
                parseWord(cursor, value);
            }
            if (cursor.peek() == '#' && !cursor.atEnd()) {
                warnOfComment(cursor);
            }
            cursor.skipBlanks();
        }
        ConfigEntry entry = new ConfigEntry(key, value.toString(), keyPosition, valuePosition);
        ConfigEntry before = section.entries.put(key, entry);
        if (before != null && before.keyPosition().file().equals(keyPosition.file())) {
            problems.warning(
                    keyPosition,
                    "this key is set twice in its section; this replaces the value of line "
                            + before.keyPosition().line());
        }
    }

    /**
     * {@code id = @#0102} is a common trap: without quotes, the value ends before the number sign.
     */
    private void warnOfComment(Cursor cursor) {
        problems.warning(
                cursor.position(),
                "'#' begins a comment, so the value ends here; put the value in quotes if it goes on");
    }

    private void parseWord(Cursor cursor, StringBuilder value) {
        while (!cursor.atEnd()
                && !Cursor.isBlank(cursor.peek())
                && "\n#}\"".indexOf(cursor.peek()) < 0) {
            if (Character.isISOControl(cursor.peek())) {
                problems.error(
                        cursor.position(),
                        "expected printable characters, found " + cursor.describe());
            }
            value.append(cursor.next());
        }
    }

    private boolean parseQuoted(Cursor cursor, StringBuilder value) {
        SourcePosition start = cursor.position();
        cursor.next();
        while (!cursor.atEnd()) {
            char c = cursor.next();
            if (c == '"') {
                return true;
            }
            if (c == '\\' && !cursor.atEnd()) {
                parseEscape(cursor, value);
            } else {
                value.append(c);
            }
        }
        problems.structuralError(
                start, "the quoted string that begins here never ends: expected a '\"'");
        return false;
    }

    private static void parseEscape(Cursor cursor, StringBuilder value) {
        char c = cursor.next();
        switch (c) {
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case '\n' -> {
                // a backslash at the line's end joins the lines
            }
            case '\r' -> {
                if (cursor.peek() == '\n') {
                    cursor.next();
                }
            }
            default -> value.append(c);
        }
    }

    private void parseInclude(Cursor cursor, Path file, RawSection section) {
        SourcePosition position = cursor.position();
        StringBuilder pattern = new StringBuilder();
        if (cursor.peek() == '"') {
            if (!parseQuoted(cursor, pattern)) {
                return;
            }
        } else {
            parseWord(cursor, pattern);
        }
        Optional<Path> name = FileNames.path(pattern.toString());
        if (pattern.isEmpty() || name.isEmpty()) {
            problems.error(
                    position,
                    "expected a file name or pattern after \"include\", found "
                            + cursor.describe());
            return;
        }
        Path wanted = file.resolveSibling(name.get());
        List<Path> found = source.glob(wanted);
        if (found.isEmpty() && !Glob.isPattern(pattern.toString())) {
            problems.error(position, "cannot include " + wanted + ": there is no such file");
        }
        for (Path included : found) {
            include(included, section, position);
        }
    }

    private void include(Path included, RawSection section, SourcePosition position) {
        Path identity = source.identity(included);
        if (open.contains(identity)) {
            problems.error(
                    position, "\"" + included + "\" includes itself, directly or through others");
        } else if (open.size() >= MOST_INCLUDE_LEVELS) {
            problems.error(
                    position,
                    "files are included more than " + MOST_INCLUDE_LEVELS + " levels deep");
        } else if (filesRead >= MOST_FILES) {
            problems.error(position, "more than " + MOST_FILES + " files are included");
        } else {
            parseFile(included, section, position);
        }
    }

    /** Skips the rest of a faulty statement; a section that it opens is still looked through. */
    private void skipStatement(Cursor cursor, Path file, int level) {
        while (!cursor.atEnd() && "\n{}".indexOf(cursor.peek()) < 0) {
            if (cursor.peek() == '#') {
                cursor.skipToLineEnd();
            } else {
                cursor.next();
            }
        }
        if (!cursor.atEnd() && cursor.peek() == '{') {
            parseBody(cursor, file, new RawSection("?", cursor.position()), level);
        } else if (!cursor.atEnd() && cursor.peek() == '}' && level == 0) {
            cursor.next();
        }
    }

    private static void skipBraces(Cursor cursor) {
        int depth = 1;
        while (!cursor.atEnd() && depth > 0) {
            switch (cursor.next()) {
                case '{' -> depth++;
                case '}' -> depth--;
                default -> {
                    // part of what is skipped
                }
            }
        }
    }
}
