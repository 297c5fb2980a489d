import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Sums up the reports of a test run: every {@code target/*-reports/TEST-*.xml} below the given directory. Lists what failed
 * and what was skipped, with reasons, then prints the totals alone on a line.
 *
 * <p>Run from source: {@code java TestReport.java DIRECTORY [--no-skips] [--failed]}. Ends with 1 when a test failed, when
 * there is no report at all, with {@code --no-skips} when a test was skipped, and always with {@code --failed}, which says
 * that the build or a script ended with an error.
 */
final class TestReport {
    private record Outcome(String name, String kind, String reason) {}

    private final List<Outcome> failed = new ArrayList<>();
    private final List<Outcome> skipped = new ArrayList<>();
    private int passedCount;

    private TestReport() {}

    public static void main(String[] args) throws Exception {
        List<String> options = List.of(args).subList(1, args.length);
        TestReport report = new TestReport();
        for (Path file : findReports(Path.of(args[0]))) {
            report.read(file);
        }
        System.exit(report.print(options.contains("--no-skips"), options.contains("--failed")) ? 0 : 1);
    }

    private static List<Path> findReports(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root, 4)) {
            return walk.filter(path -> path.getFileName().toString().matches("TEST-.*\\.xml"))
                    .filter(path -> path.getParent().getFileName().toString().endsWith("-reports"))
                    .filter(path -> path.getParent().getParent().endsWith("target"))
                    .sorted()
                    .toList();
        }
    }

    private void read(Path file) throws IOException, ParserConfigurationException, SAXException {
        Element suite = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getDocumentElement();
        NodeList cases = suite.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            count((Element) cases.item(i));
        }
    }

    private void count(Element testCase) {
        String name = testCase.getAttribute("classname") + " " + testCase.getAttribute("name");
        for (String kind : List.of("failure", "error", "skipped")) {
            NodeList found = testCase.getElementsByTagName(kind);
            if (found.getLength() > 0) {
                Element element = (Element) found.item(0);
                String reason = element.hasAttribute("message") ? element.getAttribute("message") : element.getTextContent();
                String firstLine = reason.strip().lines().findFirst().orElse("no reason given");
                (kind.equals("skipped") ? skipped : failed).add(new Outcome(name, kind, firstLine));
                return;
            }
        }
        passedCount++;
    }

    private boolean print(boolean skipsFail, boolean runFailed) {
        list("Failed", failed);
        list("Skipped", skipped);
        boolean any = passedCount + failed.size() + skipped.size() > 0;
        boolean good = any && failed.isEmpty() && !(skipsFail && !skipped.isEmpty()) && !runFailed;
        if (!any) {
            System.out.println("No test report was found: nothing was tested.");
        } else if (good) {
            System.out.println("All tests passed.");
        } else if (!failed.isEmpty()) {
            System.out.println("Tests failed.");
        } else if (runFailed) {
            System.out.println("The run failed outside of its tests: see the output above.");
        } else {
            System.out.println("Tests were skipped where none may be.");
        }
        System.out.printf("%d passed, %d failed, %d skipped%n", passedCount, failed.size(), skipped.size());
        return good;
    }

    private static void list(String title, List<Outcome> outcomes) {
        if (!outcomes.isEmpty()) {
            System.out.println(title + ":");
            outcomes.forEach(outcome -> System.out.println("  " + outcome.name() + ": " + outcome.reason()));
            System.out.println();
        }
    }
}
