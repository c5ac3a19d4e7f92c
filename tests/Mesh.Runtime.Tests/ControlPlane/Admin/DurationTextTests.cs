using System.Text.Json;
using CsCheck;
using Mesh.Runtime.ControlPlane.Admin;

namespace Mesh.Runtime.Tests.ControlPlane.Admin;

public class DurationTextTests
{
    [Theory]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("12.5s", 12.5)]
    [InlineData("200ms", 0.2)]
    [InlineData("0s", 0)]
    public void Time_is_read_as_people_write_it(string text, double seconds) => Assert.Equal(seconds, DurationText.Parse(text)!.Value.TotalSeconds, 6);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("5m ")]
    [InlineData("5d")]
    [InlineData("1e9s")]
    [InlineData("999999999999h")]
    [InlineData("٥m")]
    public void What_is_no_time_is_none(string text) => Assert.Null(DurationText.Parse(text));

    [Fact]
    public void Time_that_was_written_is_read_again() => Gen.Long[0, TimeSpan.FromDays(400).Ticks].Sample(ticks =>
    {
        var time = TimeSpan.FromTicks(ticks);
        var read = JsonSerializer.Deserialize<TimeSpan>(JsonSerializer.Serialize(time, AdminJson.Options), AdminJson.Options);
        Assert.Equal(time.TotalSeconds, read.TotalSeconds, tolerance: 1e-5);
        Assert.Equal(time.TotalSeconds, DurationText.Parse(DurationText.Of(time))!.Value.TotalSeconds, tolerance: 1e-3);
    });

    [Theory]
    [InlineData(300, "5m")]
    [InlineData(5400, "1h30m")]
    [InlineData(3600, "1h")]
    [InlineData(90.25, "1m30.25s")]
    [InlineData(0, "0s")]
    public void Time_is_said_shortly(double seconds, string text) => Assert.Equal(text, DurationText.Of(TimeSpan.FromSeconds(seconds)));
}
