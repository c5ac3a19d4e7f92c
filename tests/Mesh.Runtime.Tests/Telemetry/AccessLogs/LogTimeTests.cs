using System.Buffers;
using System.Text;
using Mesh.Runtime.Telemetry.AccessLogs;

namespace Mesh.Runtime.Tests.Telemetry.AccessLogs;

public class LogTimeTests
{
    [Theory]
    [InlineData(LogTime.Default, "2026-01-05T07:08:09.012Z")]
    [InlineData("%1f %2f %7f %8f %9f", "0 01 0123456 01234560 012345600")]
    [InlineData("%s", "1767596889")]
    [InlineData("%d.%e.%j", "05. 5.005")]
    [InlineData("%F %T %D %R %I %p", "2026-01-05 07:08:09 01/05/26 07:08 07 AM")]
    [InlineData("day 100%%", "day 100%")]
    [InlineData("%Z %z %A %B", "UTC +0000 Monday January")]
    [InlineData("d", "d")]
    public void A_time_is_written_as_strftime_does(string format, string expected)
    {
        var time = new DateTimeOffset(2026, 1, 5, 8, 8, 9, TimeSpan.FromHours(1)).AddTicks(123456);
        var output = new ArrayBufferWriter<byte>();
        var log = new LogTime(format, out string? problem);
        log.Write(time, output);
        Assert.Null(problem);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("%Q")]
    [InlineData("%")]
    [InlineData("%0f")]
    public void An_unknown_specifier_is_told(string format)
    {
        _ = new LogTime(format, out string? problem);
        Assert.Contains("is not a specifier of time", problem);
    }
}
