using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>What the API's description says beyond what its paths say themselves.</summary>
internal static class AdminDescription
{
    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "MeshLab control plane", Version = "v1", Description = "What a running control plane knows and does. Errors are problem+json; 'problems' lists everything that is wrong." };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme> { ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" } };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (context.JsonTypeInfo.Type != typeof(TimeSpan) && context.JsonTypeInfo.Type != typeof(TimeSpan?)) return Task.CompletedTask;
            schema.Type = JsonSchemaType.String;
            schema.Pattern = "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$";
            schema.Examples = [.. new[] { "5m" }.Select(text => (System.Text.Json.Nodes.JsonNode)text)];
            return Task.CompletedTask;
        });
    }
}
