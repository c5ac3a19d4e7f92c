using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;

namespace Mesh.Scenarios.Tests.Cli.Admin;

/// <summary>What must not harm the admin API: bodies that are huge, slow or nonsense.</summary>
public sealed class AbuseTests(AbuseTests.ImpatientPlane impatient) : IClassFixture<AbuseTests.ImpatientPlane>
{
    private readonly LivePlane _plane = impatient.Plane;

    public sealed class ImpatientPlane : IAsyncLifetime
    {
        internal LivePlane Plane { get; private set; } = null!;

        public async Task InitializeAsync() => Plane = await LivePlane.StartAsync(options => options with { HeadTime = TimeSpan.FromSeconds(1), RequestTime = TimeSpan.FromSeconds(2), MaxConnections = 20 });

        public async Task DisposeAsync() => await Plane.DisposeAsync();
    }

    private async Task Healthy()
    {
        using var client = _plane.Client(_plane.Token);
        using var answer = await client.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_of_100_megabytes_is_refused_and_not_kept(bool saysItsLength)
    {
        long before = GC.GetTotalAllocatedBytes();
        using var client = _plane.Client(_plane.Token);
        using var content = new StreamContent(new Zeros(100_000_000, saysItsLength));
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/faults") { Content = content };
        request.Headers.ExpectContinue = true;
        try
        {
            using var answer = await client.SendAsync(request);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.BadRequest });
        }
        catch (HttpRequestException)
        {
            // The server closes while the client still sends: that is a refusal too.
        }
        Assert.True(GC.GetTotalAllocatedBytes() - before < 60_000_000, "it kept the body");
        await Healthy();
    }

    [Theory]
    [InlineData("POST /v1/faults HTTP/1.1\r\nHost: x\r\nX-Slow: ")]                                                                                   // a head without an end
    [InlineData("POST /v1/faults HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")]   // a body that does not come
    public async Task Client_that_is_slow_is_cut_off(string beginning)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_plane.Address.Host, _plane.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning.Replace("{token}", _plane.Token, StringComparison.Ordinal)));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync(limit.Token);   // it ends: the connection is closed
        Assert.Contains("408", answer, StringComparison.Ordinal);
        await Healthy();
    }

    [Fact]
    public async Task Slow_clients_leave_room_for_others_once_they_are_cut_off()
    {
        var sockets = new List<TcpClient>();
        for (int i = 0; i < 40; i++)
        {
            var socket = new TcpClient();
            await socket.ConnectAsync(_plane.Address.Host, _plane.Address.Port);
            sockets.Add(socket);
        }
        await LivePlane.Until(async () =>
        {
            try
            {
                await Healthy();
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        sockets.ForEach(socket => socket.Dispose());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"fault\": 7, \"service\": \"cart\", \"for\": \"5m\"}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5\"}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\", \"forr\": 1}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\"}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\"")]
    [InlineData("{\"fault\": null, \"service\": null, \"for\": \"5m\"}")]
    [InlineData("{\"fault\": \"\", \"service\": \"cart\", \"for\": \"0s\"}")]
    [InlineData("{\"fault\": \"delay={a: [b\", \"service\": \"cart\", \"for\": \"99h\"}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\", \"headers\": null}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\", \"headers\": {\"a\": null}}")]
    [InlineData("{\"fault\": \"delay=1s@1%\", \"service\": \"cart\", \"for\": \"5m\", \"site\": null}")]
    public async Task What_is_no_fault_is_refused_in_words(string body)
    {
        using var client = _plane.Client(_plane.Token);
        using var answer = await client.PostAsync("/v1/faults", LivePlane.Json(body));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity, $"{answer.StatusCode} {text}");
        Assert.Contains("\"detail\":\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Mesh.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_input_whatever_is_an_error_of_the_server()
    {
        using var client = _plane.Client(_plane.Token);
        string[] paths = ["/v1/faults", "/v1/configuration", "/v1/certificates/join-tokens", "/v1/certificates/rollover", "/v1/faults/a%00b/renew", "/v1/journal?most=%FF", "/v1/%2e%2e/%2e%2e/etc/passwd"];
        string[] verbs = ["POST", "PUT", "DELETE", "GET", "PATCH"];
        string seed = """{"fault": "delay=mean 200ms, p99 1s@10%", "service": "cart", "for": "5m", "name": "x.yaml", "text": "version: 1\nservices: {a: {}}", "identity": "spiffe://a/b", "step": "prepare", "headers": {"x": "y"}}""";
        var mutations = Gen.Select(Gen.Int[0, seed.Length - 1], Gen.Int[0, 20], Gen.String, (at, cut, text) => seed[..at] + text + seed[Math.Min(seed.Length, at + cut)..]);
        var requests = Gen.Select(Gen.Int[0, paths.Length - 1].Select(i => paths[i]), Gen.Int[0, verbs.Length - 1].Select(i => verbs[i]), Gen.OneOf(mutations, Gen.String));
        var wrong = new List<string>();
        await requests.SampleAsync(async input =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(input.Item2), input.Item1 + (input.Item1.Contains('?', StringComparison.Ordinal) ? "" : "?dryRun=true")) { Content = input.Item2 == "GET" ? null : LivePlane.Json(input.Item3) };
            using var answer = await client.SendAsync(request);
            if ((int)answer.StatusCode >= 500) lock (wrong) wrong.Add($"{input.Item2} {input.Item1} {input.Item3}: {(int)answer.StatusCode}");
        }, iter: 600, threads: 2);
        Assert.Empty(wrong);
        await Healthy();
    }

    /// <summary>Bytes that nobody keeps.</summary>
    private sealed class Zeros(long length, bool canSeek) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => canSeek;

        public override bool CanWrite => false;

        public override long Length => canSeek ? length : throw new NotSupportedException();

        public override long Position { get => _at; set => _at = value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int part = (int)Math.Min(count, length - _at);
            Array.Fill(buffer, (byte)' ', offset, part);
            _at += part;
            return part;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => _at = offset;

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
