using System.Text.Json;
using System.Xml.Linq;
using Mesh.Reports.Exemplars;
using static Mesh.Reports.Tests.Exemplars.HandMade;

namespace Mesh.Reports.Tests.Exemplars;

public sealed class WaterfallTests
{
    private static readonly Waterfall Checkout = Waterfall.Of(HandMade.Checkout);

    [Fact]
    public void Every_call_and_every_attempt_of_a_call_with_several_has_a_row()
    {
        Assert.Equal(["front /checkout → front-0", "pay /pay", "attempt 1 → pay-0", "attempt 2 → pay-1", "stock /reserve → stock-0"], Checkout.Rows.Select(row => row.Label));
        Assert.Equal([0, 1, 2, 2, 1], Checkout.Rows.Select(row => row.Depth));
        Assert.Equal([false, false, true, false, false], Checkout.Rows.Select(row => row.Failed));
        Assert.Equal(Ms(200), Checkout.Length);
    }

    [Fact]
    public void A_bar_shows_the_wait_for_a_connection_the_way_the_work_and_the_way_back() =>
        Assert.Equal([new(StretchKind.Call, 0, Ms(200)), new(StretchKind.Wait, 0, Ms(2)), new(StretchKind.Way, Ms(2), Ms(5)), new(StretchKind.Callee, Ms(5), Ms(195)), new(StretchKind.Way, Ms(195), Ms(200))],
            Checkout.Rows[0].Stretches);

    [Fact]
    public void Work_that_goes_on_after_the_time_out_is_wasted() =>
        Assert.Equal([new(StretchKind.Way, Ms(20), Ms(21)), new(StretchKind.Callee, Ms(21), Ms(120)), new(StretchKind.Wasted, Ms(120), Ms(140))], Checkout.Rows[2].Stretches);

    [Fact]
    public void A_back_off_is_a_stretch_of_its_call_and_words_of_its_attempt()
    {
        Assert.Contains(new Stretch(StretchKind.Backoff, Ms(120), Ms(145)), Checkout.Rows[1].Stretches);
        Assert.Equal("504 timed out (UT); then 25 ms of back-off", Checkout.Rows[2].Words);
        Assert.Equal("200; 2 attempts", Checkout.Rows[1].Words);
    }

    [Fact]
    public void The_critical_path_adds_up_to_the_duration_and_leaves_out_what_went_on_beside_it()
    {
        var parts = TimeBreakdown.Of(HandMade.Checkout).ToDictionary(part => part.Key, part => part.Value);
        Assert.Equal(HandMade.Checkout.Duration, parts.Values.Sum());
        Assert.Equal(Ms(99 + 33), parts["queue and work in pay"]);
        Assert.Equal(Ms(25), parts["back-off before pay was tried again"]);
        Assert.Equal(Ms(15 + 15), parts["queue and work in front"]);
        Assert.Equal(Ms(5 + 2), parts["connection and network to front"] + parts["connection and network to pay"]);
        Assert.DoesNotContain("queue and work in stock", parts.Keys);
    }

    [Fact]
    public void Letters_show_the_same_bar()
    {
        Assert.Equal("  ██████████▒▒      ", WaterfallText.Bar(Checkout.Rows[2], Ms(200), 20));
        Assert.Equal("  ──────────···───  ", WaterfallText.Bar(Checkout.Rows[1], Ms(200), 20));
    }

    [Fact]
    public void The_drawing_is_xml_with_a_bar_for_every_stretch()
    {
        var svg = XDocument.Parse(WaterfallSvg.Draw(Checkout));
        Assert.Equal(Checkout.Rows.Sum(row => row.Stretches.Count), svg.Descendants().Count(element => element.Name.LocalName == "rect"));
    }

    [Fact]
    public void The_json_holds_attempts_and_decisions()
    {
        var record = SampleRuns.Shop(replications: 1);
        using var json = JsonDocument.Parse(ExemplarJson.Write(record, [new NumberedExemplar(1, 42, HandMade.Checkout)]));
        var request = json.RootElement.GetProperty("requests")[0];
        Assert.Equal("000000000000abcd", request.GetProperty("key").GetString());
        Assert.Equal(2, request.GetProperty("calls")[1].GetProperty("attempts").GetArrayLength());
        Assert.Equal("UT", request.GetProperty("calls")[1].GetProperty("attempts")[0].GetProperty("flags").GetString());
        Assert.Equal(120, request.GetProperty("calls")[1].GetProperty("attempts")[0].GetProperty("endMs").GetDouble());
    }
}
