package io.isotherm.export;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP side of a process: routes that answer GET and HEAD, or any method, on few threads. Only
 * the body of a request for a route of any method is read, and no thread waits for it.
 *
 * <p>A body is compressed with gzip when the caller accepts it and it is worth it. An unknown path
 * answers 404 with the list of what there is; {@code /} answers an index of it.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

  /** Below this many bytes compression saves no packet. */
  private static final int WORTH_COMPRESSING = 1024;

  /** A longer body than any question needs. */
  private static final int MAX_BODY = 1 << 20;

  /** Enough for a few scrapers and browsers at once, the acceptor and the selector included. */
  private static final int THREADS = 8;

  /** How long answers that are under way may take when the endpoint is closed. */
  private static final Duration STOP = Duration.ofSeconds(1);

  private static final Reply TOO_LONG =
      Reply.text(413, "the body is longer than %d bytes".formatted(MAX_BODY));

  private final Server server;
  private final ServerConnector connector;
  private final Answering answering;

  private HttpEndpoint(Server server, ServerConnector connector, Answering answering) {
    this.server = server;
    this.connector = connector;
    this.answering = answering;
  }

  /** Answers the calls of one path. Is called by several threads at once. */
  @FunctionalInterface
  public interface Route {
    /**
     * Answers one call.
     *
     * @throws IOException if the answer cannot be made; the caller sees status 500
     */
    Reply answer(Call call) throws IOException;
  }

  private record Entry(
      String about, boolean below, boolean anyMethod, boolean listed, Route route) {}

  /** A route, and what follows its own path. */
  private record Found(Entry entry, String tail) {}

  /** Collects the routes of an endpoint. */
  public static final class Builder {
    private final String title;
    private final TreeMap<String, Entry> routes = new TreeMap<>();
    private Supplier<String> headline = () -> "";

    private Builder(String title) {
      this.title = title;
    }

    /** Adds a route for exactly this path, which the index shows with what it is about. */
    public Builder at(String path, String about, Route route) {
      routes.put(path, new Entry(about, false, false, true, route));
      return this;
    }

    /** Adds a route for this path and everything below it. */
    public Builder below(String path, String about, Route route) {
      routes.put(path, new Entry(about, true, false, true, route));
      return this;
    }

    /**
     * Adds a route for this path and everything below it that judges the method itself, and to
     * which the body of a request is given.
     */
    public Builder anyMethodBelow(String path, String about, Route route) {
      routes.put(path, new Entry(about, true, true, true, route));
      return this;
    }

    /** Sets the one line that the index shows above its links, asked anew for each call. */
    public Builder headline(Supplier<String> line) {
      headline = line;
      return this;
    }

    /**
     * Opens a port on all addresses of the machine and begins to answer.
     *
     * @param port port, or 0 for any free one
     * @throws BindException if the port cannot be opened; the message says what to do
     * @throws IOException if it cannot answer there
     */
    public HttpEndpoint start(int port) throws IOException {
      return start(new InetSocketAddress(port));
    }

    /**
     * Opens a port, which the option {@code --port} gives, and begins to answer.
     *
     * @param at an address of this machine, or the wildcard for all of them; port 0 is any free one
     * @throws BindException if the port cannot be opened; the message says what to do
     * @throws IOException if it cannot answer there
     */
    public HttpEndpoint start(InetSocketAddress at) throws IOException {
      return start(at, "--port");
    }

    /**
     * Opens a port and begins to answer.
     *
     * @param at an address of this machine, or the wildcard for all of them; port 0 is any free one
     * @param option the option that gives the port
     * @throws BindException if the port cannot be opened; the message says what to do
     * @throws IOException if it cannot answer there
     */
    public HttpEndpoint start(InetSocketAddress at, String option) throws IOException {
      routes.putIfAbsent(
          "/", new Entry("this list", false, false, false, call -> Reply.html(indexPage())));
      QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
      threads.setName("http");
      threads.setDaemon(true);
      Server server = new Server(threads);
      HttpConfiguration http = new HttpConfiguration();
      http.setSendServerVersion(false);
      ServerConnector connector =
          new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
      connector.setHost(
          at.getAddress().isAnyLocalAddress() ? null : at.getAddress().getHostAddress());
      connector.setPort(at.getPort());
      server.addConnector(connector);
      Answering answering = new Answering(Map.copyOf(routes), list());
      server.setHandler(answering);
      HttpEndpoint endpoint = new HttpEndpoint(server, connector, answering);
      try {
        // Opened before the rest starts, so that a taken port leaves nothing behind.
        connector.open();
      } catch (IOException e) {
        endpoint.close();
        throw PortFailure.of(at.getPort(), e, option);
      }
      try {
        server.start();
      } catch (Exception e) {
        endpoint.close();
        throw e instanceof IOException io
            ? io
            : new IOException("cannot open port " + at.getPort(), e);
      }
      return endpoint;
    }

    private String list() {
      StringBuilder b = new StringBuilder();
      routes.forEach(
          (path, entry) -> {
            if (entry.listed) {
              b.append("%-24s %s%n".formatted(path, entry.about));
            }
          });
      return b.toString();
    }

    private String indexPage() {
      StringBuilder b = new StringBuilder();
      b.append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
      b.append("<meta name=\"color-scheme\" content=\"light dark\"><title>");
      b.append(escape(title)).append("</title>");
      b.append("<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem}td{padding:0 1rem 0 0}");
      b.append("</style></head><body><h1>").append(escape(title)).append("</h1>");
      b.append("<p>").append(escape(headline.get())).append("</p><table>");
      routes.forEach(
          (path, entry) -> {
            if (entry.listed) {
              b.append("<tr><td><a href=\"").append(escape(path)).append("\">");
              b.append(escape(path)).append("</a></td><td>");
              b.append(escape(entry.about)).append("</td></tr>");
            }
          });
      return b.append("</table></body></html>\n").toString();
    }
  }

  /**
   * An endpoint without routes.
   *
   * @param title what the process is, for the head of the index
   */
  public static Builder titled(String title) {
    return new Builder(title);
  }

  /** The port that is open, also where any free one was asked for. */
  public int port() {
    return connector.getLocalPort();
  }

  /**
   * Closes the port, gives the answers that are under way, and closes all connections. Jetty itself
   * would wait for those, too, that callers keep without a question, as who scrapes does.
   */
  @Override
  public void close() {
    try {
      connector.close();
      try {
        answering.awaitNone(STOP);
      } finally {
        server.stop();
      }
    } catch (Exception e) {
      LOG.warn("the HTTP endpoint did not stop cleanly: {}", e.toString());
    }
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static final class Answering extends Handler.Abstract {
    private final Map<String, Entry> routes;
    private final String list;

    /** Questions that were asked and not answered yet. */
    private int underWay;

    Answering(Map<String, Entry> routes, String list) {
      this.routes = routes;
      this.list = list;
    }

    private synchronized void begin() {
      underWay++;
    }

    private synchronized void end() {
      underWay--;
      notifyAll();
    }

    /** Waits until no answer is under way, or the time is over. */
    synchronized void awaitNone(Duration atMost) throws InterruptedException {
      long deadline = System.nanoTime() + atMost.toNanos();
      for (long left = atMost.toNanos(); underWay > 0 && left > 0; ) {
        TimeUnit.NANOSECONDS.timedWait(this, left);
        left = deadline - System.nanoTime();
      }
    }

    @Override
    public boolean handle(Request request, Response response, Callback answered) {
      begin();
      Callback callback = Callback.from(answered, this::end);
      Found found = find(request.getHttpURI().getDecodedPath());
      if (found != null && found.entry.anyMethod) {
        // Its end may come late or never: no thread waits for it.
        new RequestBody(
                request,
                MAX_BODY,
                body -> send(answer(request, found, body), request, response, callback),
                () -> send(TOO_LONG, request, response, callback),
                callback::failed)
            .run();
      } else {
        send(answerWithoutBody(request, response, found), request, response, callback);
      }
      return true;
    }

    private static void send(Reply reply, Request request, Response response, Callback callback) {
      boolean head = HttpMethod.HEAD.is(request.getMethod());
      response.setStatus(reply.status());
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.contentType());
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      response.getHeaders().put(HttpHeader.VARY, "Accept, Accept-Encoding");
      byte[] body = reply.body();
      if (body.length >= WORTH_COMPRESSING && acceptsGzip(request)) {
        body = gzip(body);
        response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
      }
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
      response.write(true, head ? null : ByteBuffer.wrap(body), callback);
    }

    /** The route of a path, or the nearest above it that takes what is below; null if none. */
    private @Nullable Found find(String path) {
      Entry exact = routes.get(path);
      if (exact != null) {
        return new Found(exact, "");
      }
      String own = path;
      while (own.lastIndexOf('/') > 0) {
        own = own.substring(0, own.lastIndexOf('/'));
        Entry parent = routes.get(own);
        if (parent != null && parent.below) {
          return new Found(parent, path.substring(own.length() + 1));
        }
      }
      return null;
    }

    private Reply answerWithoutBody(Request request, Response response, @Nullable Found found) {
      String method = request.getMethod();
      if (found == null) {
        return Reply.text(
            404,
            "nothing is at %s; there is:\n%s"
                .formatted(request.getHttpURI().getDecodedPath(), list));
      }
      if (!HttpMethod.HEAD.is(method) && !HttpMethod.GET.is(method)) {
        response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
        return Reply.text(405, method + " is not supported: use GET or HEAD");
      }
      return answer(request, found, "");
    }

    private static Reply answer(Request request, Found found, String body) {
      String path = request.getHttpURI().getDecodedPath();
      Map<String, String> query;
      try {
        query = query(request);
      } catch (RuntimeException e) {
        return Reply.text(400, "the query is not well encoded");
      }
      try {
        return found.entry.route.answer(
            new Call(
                request.getMethod(),
                path,
                request.getHttpURI().getPath(),
                found.tail,
                query,
                accept(request),
                body));
      } catch (IOException | RuntimeException e) {
        LOG.warn("no answer for {}", path, e);
        return Reply.text(500, "no answer for " + path + ": " + e.getMessage());
      }
    }

    private static Map<String, String> query(Request request) {
      Map<String, String> query = new HashMap<>();
      for (Fields.Field field : Request.extractQueryParameters(request)) {
        @Nullable String value = field.getValue();
        query.putIfAbsent(field.getName(), value == null ? "" : value);
      }
      return query;
    }

    private static String accept(Request request) {
      List<String> values = request.getHeaders().getValuesList(HttpHeader.ACCEPT);
      return String.join(",", values);
    }

    private static boolean acceptsGzip(Request request) {
      for (HttpField field : request.getHeaders().getFields(HttpHeader.ACCEPT_ENCODING)) {
        for (String coding : field.getValues()) {
          String[] parts = coding.split(";", 2);
          boolean refused = parts.length == 2 && parts[1].strip().matches("q=0(\\.0*)?");
          if (parts[0].strip().equalsIgnoreCase("gzip") && !refused) {
            return true;
          }
        }
      }
      return false;
    }

    private static byte[] gzip(byte[] body) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(body.length / 8 + 64);
      try (OutputStream zip = new FastGzip(out)) {
        zip.write(body);
      } catch (IOException e) {
        throw new IllegalStateException("writing to memory failed", e);
      }
      return out.toByteArray();
    }
  }

  /** Level 1 leaves a fifth more of a scrape than level 6, the default, in a third of the time. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
