using System.Diagnostics;
using CsCheck;
using Mesh.Runtime.Telemetry;
using Mesh.Runtime.Telemetry.Tracing;

namespace Mesh.Runtime.Tests.Telemetry.Tracing;

public class TraceContextTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Span = "00f067aa0ba902b7";
    private const TracePropagation All = TracePropagation.W3C | TracePropagation.B3Single | TracePropagation.B3Multi;

    [Theory]
    [InlineData("00-" + Trace + "-" + Span + "-01", true)]
    [InlineData("00-" + Trace + "-" + Span + "-00", false)]
    [InlineData("00-" + Trace + "-" + Span + "-03", true)]
    [InlineData("00-" + Trace + "-" + Span + "-fe", false)]
    [InlineData("01-" + Trace + "-" + Span + "-01", true)]
    [InlineData("cc-" + Trace + "-" + Span + "-01-what-the-future-brings", true)]
    public void A_traceparent_is_read(string header, bool sampled)
    {
        var context = Read(("traceparent", header));
        Assert.Equal((Trace, Span, (bool?)sampled), (context.TraceId.ToHexString(), context.SpanId.ToHexString(), context.Sampled));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-" + Trace + "-" + Span)]
    [InlineData("00-" + Trace + "-" + Span + "-01-more")]
    [InlineData("01-" + Trace + "-" + Span + "-01.more")]
    [InlineData("ff-" + Trace + "-" + Span + "-01")]
    [InlineData("00-00000000000000000000000000000000-" + Span + "-01")]
    [InlineData("00-" + Trace + "-0000000000000000-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-" + Span + "-01")]
    [InlineData("00-" + Trace + "-" + Span + "-0x")]
    [InlineData("00-" + Trace + "-" + Span + "-01,00-" + Trace + "-" + Span + "-01")]
    [InlineData(" 00-" + Trace + "-" + Span + "-01")]
    public void A_malformed_traceparent_is_ignored(string header) => Assert.False(Read(("traceparent", header)).IsValid);

    [Theory]
    [InlineData("congo=t61rcWkgMzE", "congo=t61rcWkgMzE")]
    [InlineData("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")]
    [InlineData("fw529a3039@dt=FfAAAAA , , b=2", "fw529a3039@dt=FfAAAAA , , b=2")]
    [InlineData("Upper=1", null)]
    [InlineData("novalue=", null)]
    [InlineData("a=1=2", null)]
    [InlineData("a=\u0007", null)]
    [InlineData("  ", null)]
    public void A_tracestate_travels_on_unless_it_is_malformed(string header, string? kept) =>
        Assert.Equal(kept, Read(("traceparent", $"00-{Trace}-{Span}-01"), ("tracestate", header)).State);

    [Fact]
    public void A_tracestate_keeps_to_its_limits()
    {
        string entry(int i) => $"k{i:00}={new string('v', 60)}";
        string? Kept(int entries) => Read(("traceparent", $"00-{Trace}-{Span}-01"), ("tracestate", string.Join(',', Enumerable.Range(0, entries).Select(entry)))).State;
        Assert.Equal(7, Kept(10)!.Split(',').Length);   // 8 entries of 64 and their commas pass 512 characters
        Assert.StartsWith(entry(0), Kept(10));
        Assert.Null(Kept(33));
    }

    [Theory]
    [InlineData(Trace + "-" + Span + "-1", true, false)]
    [InlineData(Trace + "-" + Span + "-0", false, false)]
    [InlineData(Trace + "-" + Span + "-d", true, true)]
    [InlineData(Trace + "-" + Span, null, false)]
    [InlineData(Trace + "-" + Span + "-1-05e3ac9a4f6e3b90", true, false)]
    public void A_b3_header_is_read(string header, bool? sampled, bool debug)
    {
        var context = Read(("b3", header));
        Assert.Equal((Trace, Span, sampled, debug), (context.TraceId.ToHexString(), context.SpanId.ToHexString(), context.Sampled, context.Debug));
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    [InlineData("d", true)]
    public void A_b3_decision_stands_without_a_trace(string header, bool sampled)
    {
        var context = Read(("b3", header));
        Assert.False(context.IsValid);
        Assert.Equal(sampled, context.Sampled);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("x")]
    [InlineData(Trace)]
    [InlineData(Trace + "-" + Span + "-")]
    [InlineData(Trace + "-" + Span + "-2")]
    [InlineData(Trace + "-" + Span + "-1-")]
    [InlineData(Trace + "-" + Span + "-1-nothexnothexnoth")]
    [InlineData("0000000000000000-" + Span + "-1")]
    public void A_malformed_b3_header_is_ignored(string header)
    {
        var context = Read(("b3", header));
        Assert.False(context.IsValid);
        Assert.Null(context.Sampled);
    }

    [Fact]
    public void B3_in_several_headers_is_read_whatever_their_order()
    {
        var context = Read(("X-B3-Sampled", "true"), ("x-b3-spanid", Span), ("x-b3-traceid", "a3ce929d0e0e4736"));
        Assert.Equal(("0000000000000000a3ce929d0e0e4736", Span, (bool?)true), (context.TraceId.ToHexString(), context.SpanId.ToHexString(), context.Sampled));
        Assert.True(Read(("x-b3-flags", "1"), ("x-b3-sampled", "0")).Debug);
        Assert.Null(Read(("x-b3-sampled", "maybe")).Sampled);
    }

    [Fact]
    public void W3C_comes_before_B3_and_a_format_that_is_not_asked_for_is_not_read()
    {
        (string, string)[] both = [("b3", $"{Trace}-{Span}-0"), ("traceparent", $"00-{Trace}-05e3ac9a4f6e3b90-01")];
        Assert.True(Read(both).Sampled);
        Assert.False(Read(TracePropagation.B3Single, both).Sampled);
        Assert.False(Read(TracePropagation.B3Multi, both).IsValid);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var id = Gen.Byte.Array[16].Where(bytes => bytes.Take(8).Any(b => b != 0) && bytes.Skip(8).Any(b => b != 0));
        Gen.Select(id, Gen.Bool, Gen.Int[1, (int)All].Select(formats => (TracePropagation)formats)).Sample((bytes, sampled, formats) =>
        {
            var context = new TraceContext { TraceId = ActivityTraceId.CreateFromBytes(bytes), SpanId = ActivitySpanId.CreateFromBytes(bytes.AsSpan(8)), Sampled = sampled };
            var headers = new Dictionary<string, string>();
            context.Inject(headers, (carrier, name, value) => carrier[name] = value, formats, context.SpanId);
            Assert.All(headers.Keys, name => Assert.Contains(name, TraceContext.HeaderNames));
            Assert.Equal(context, TraceContext.Extract(headers, (carrier, name) => carrier.GetValueOrDefault(name), formats));
        });
    }

    [Fact]
    public void Any_text_is_read_without_harm() =>
        Gen.Select(Gen.String[Gen.Char["0123456789abcdef-,=d\u0000ü"], 0, 80], Gen.Const(TraceContext.HeaderNames)).Sample((text, names) =>
            TraceContext.Extract(text, (value, name) => names.Contains(name) ? value : null, All));

    private static TraceContext Read(params (string Name, string Value)[] headers) => Read(All, headers);

    private static TraceContext Read(TracePropagation formats, params (string Name, string Value)[] headers) =>
        TraceContext.Extract(headers, (carrier, name) => carrier.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value, formats);
}
