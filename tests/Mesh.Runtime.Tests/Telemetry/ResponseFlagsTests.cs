using Mesh.Runtime.Telemetry;

namespace Mesh.Runtime.Tests.Telemetry;

public class ResponseFlagsTests
{
    [Theory]
    [InlineData(ResponseFlags.None, "-")]
    [InlineData(ResponseFlags.UO, "UO")]
    [InlineData(ResponseFlags.URX | ResponseFlags.UT, "URX,UT")]
    [InlineData(ResponseFlags.CO | ResponseFlags.UF | ResponseFlags.URX, "UF,URX,CO")]
    public void Flags_read_as_in_Envoy_s_access_log(ResponseFlags flags, string text) => Assert.Equal(text, flags.ToEnvoyText());
}
